"""Calls octavia-lib's DriverLibrary: one JSON request per line on standard input, one JSON answer per line."""
import json
import sys

from octavia_lib.api.drivers import driver_lib
from octavia_lib.api.drivers import exceptions

FIELDS = ('fault_string', 'status_object', 'status_object_id', 'stats_object', 'stats_object_id')


def answer(library, request):
    try:
        result = getattr(library, request['call'])(request['argument'])
    except (exceptions.UpdateStatusError, exceptions.UpdateStatisticsError, exceptions.DriverError, exceptions.DriverAgentTimeout) as error:
        details = {name: getattr(error, name) for name in FIELDS if hasattr(error, name)}
        return {'error': type(error).__name__, **details}
    return {'result': result.to_dict(recurse=True, render_unsets=True) if hasattr(result, 'to_dict') else result}


status, stats, get = sys.argv[1:4]
client = driver_lib.DriverLibrary(status_socket=status, stats_socket=stats, get_socket=get)
print('ready', flush=True)
for line in sys.stdin:
    print(json.dumps(answer(client, json.loads(line))), flush=True)
