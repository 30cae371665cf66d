/* The second way to start a child. Private to process.c. */
#pragma once

#include "base/process.h"

#include <sys/types.h>

/* fds: for standard input (-1: /dev/null), output and error. 0, or errno's number when the program did not start. */
int process_fork(const ProcessSpec *spec, const char *program, const int fds[3], char *const *env, pid_t *pid);
