"""The `openstack` client without its start-up time: one JSON line of arguments in, one JSON line of the outcome out.

Every command runs in a fork of this process, which has imported the client already, with a fresh environment.
"""
import json
import os
import sys
import tempfile

import octaviaclient.osc.plugin  # noqa: F401
import octaviaclient.osc.v2  # noqa: F401
from openstackclient import shell


def run(order):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.environ.update(order['env'])
            status = 1
            try:
                status = shell.main(order['args'])
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status or 0)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return {'status': os.waitstatus_to_exitcode(status), 'out': out.read().decode(), 'err': err.read().decode()}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
