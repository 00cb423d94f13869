"""`python -m appliance` is the command bellgate."""

from appliance.cli import main

main()
