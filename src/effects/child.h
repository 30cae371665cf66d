/* Children of the kinds that run programs: gates, builds, install tests. Their process group is kept in the journal, so that a resumed run finds and ends
 * what a killed one left; each line of output goes to the live view; all output to a log. */
#pragma once

#include "base/process.h"
#include "engine/effect.h"

typedef struct {
    const char *const *words; /* NULL-ended */
    const char *cwd;
    const json_t *env;        /* {NAME: text}, or NULL; over `extra` */
    const json_t *pass;       /* names of variables that it gets of this process's environment, or NULL */
    const char *const *extra; /* "K=V", NULL-ended, or NULL */
    bool bare;                /* of this process's environment nothing: `extra` and `env` alone */
    const char *log;          /* name of the log in work_dir/logs, or NULL: none */
    gint64 timeout_seconds;
    mode_t umask;                               /* 0: the user's */
    const char *const *writable;                /* as of ProcessSpec */
    ProcessNetwork network;                     /* as of ProcessSpec */
    void (*line)(const char *line, void *data); /* each line of output, raw, beside the live view; or NULL */
    void *data;
} EffectsChild;

/* Runs it to its end, and ends what it left behind, in its process group or out of it. False: it did not start, or the run is being stopped (INTERRUPTED).
 * Clear the result with process_result_clear. */
bool effects_run_child(EffectRun *run, const EffectsChild *child, ProcessResult *result, GError **error);
/* Path of a log; PLAN_BROKEN for a name that is no plain one. g_free. */
char *effects_log_path(EffectRun *run, const char *name, GError **error);
/* Which variables the child missed, as its output names them: "NAME stands in its output and was not given to it…", a line; the way out is `key`. NULL: none is
 * named there. g_free. */
char *effects_missed_variables(const ProcessResult *result, const char *log_path, const char *key);
/* The last lines of output, for an error's why. g_free. */
char *effects_output_tail(const ProcessResult *result, const char *log_path, guint lines);
