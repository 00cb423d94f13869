"""Evidence of a case, on standard output; what there is to say of it, on the other. For pages."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from appliance.errors import ApplianceError
from appliance.recording.evidence.gather import gather
from appliance.recording.evidence.wanted import Wanted
from appliance.recording.keyring import Keyring
from appliance.store.attachments import Keeper
from appliance.store.database import FILE, Record

ANSWER_IS_NO = 1


def main() -> None:
    folder, case, now = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    try:
        with Record.look(folder / FILE) as record:
            wanted = Wanted(case=case)
            made = gather(record, Keyring(folder), Keeper(folder), wanted, now)
    except ApplianceError as fault:
        print(str(fault).partition("\n")[0], file=sys.stderr)
        sys.exit(ANSWER_IS_NO)
    sys.stdout.buffer.write(made.data)
    print(json.dumps({"rows": made.rows, "left_out": made.left_out}), file=sys.stderr)


if __name__ == "__main__":
    main()
