"""`python -m oms_edi`: the command line, as the systemd unit calls it."""

from oms_edi.cli.main import main

main()
