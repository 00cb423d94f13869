"""The recorder, as a process: bellgate run and systemd start one."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from appliance import settings
from appliance.errors import ApplianceError
from appliance.readiness import tell_ready
from appliance.recording.detector import Detector
from appliance.recording.recorder import Recorder

BROKEN_INPUT = 2


def main() -> None:
    """Run until SIGTERM; whatever keeps us from starting is one sentence on stderr."""
    words = _arguments()
    logging.basicConfig(format="recording: %(message)s", level=logging.INFO)
    offset: float = words.clock_offset
    try:
        config = settings.read_file(words.config)

        def clock() -> float:
            return time.time() + offset

        detector = Detector(words.dir, clock, forwarders=config.dns.forwarders)
        recorder = Recorder(words.dir, config.recording, clock, time.monotonic, detector)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for those who have files to read anew
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: recorder.stop.set())
        recorder.run(lambda: tell_ready(os.environ))
    except ApplianceError as fault:
        print(f"recording: {fault}", file=sys.stderr)
        sys.exit(BROKEN_INPUT)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m appliance.recording", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    return parser.parse_args()


if __name__ == "__main__":
    main()
