import { int, str } from './option.ts';

/** [oslo_reports]: the report of a process's state that SIGUSR2 asks for. */
export const osloReportsOptions = {
  log_dir: str(null, 'Directory in which reports become files; without it they go to standard error.'),
  file_event_handler: str(null, 'A file whose change asks for a report, in place of SIGUSR2.'),
  file_event_handler_interval: int(1, 'Seconds between two looks at that file.', { min: 1 }),
};
