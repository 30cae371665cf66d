/* Child processes. No shell, ever: argv is a list of words. Each child leads its own process group, which ends with it: what it leaves behind is
 * killed (SIGTERM, then SIGKILL after a grace time) when it exits, when its time is up and when `cancel` is set. Where process_adopt_orphans() was called, what
 * left the group (a daemon) ends with it, too.
 *
 * The child gets the environment in `env`, or what process_clean_env lets pass; plus SLIPWAY_CHILD=<mark>, by which process_end_orphans() finds what a
 * killed slipway left behind, grandchildren included. Blocking: called on worker threads. Standard input is `input` or /dev/null; descriptors above 2 are
 * closed. The caller ignores SIGPIPE where it gives `input`: a child may end before it has read it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* What a child has of the network: this machine's; one of its own, with nothing in it but itself; this machine's without TCP. */
typedef enum { PROCESS_NETWORK_SHARED, PROCESS_NETWORK_OWN, PROCESS_NETWORK_NO_TCP } ProcessNetwork;

typedef struct {
    const char *const *argv; /* NULL-ended; argv[0] is looked up in PATH */
    const char *const *env;  /* NULL-ended "K=V", or NULL: process_clean_env */
    const char *cwd;         /* NULL: this process's */
    GBytes *input;           /* for standard input, or NULL */
    const char *log_path;    /* the bytes of stdout and stderr in order of arrival are written here, known secrets replaced, or NULL */
    guint64 log_limit;       /* bytes: what comes beyond is counted, and only its end is kept; 0: 256 MiB */
    gsize capture;           /* how many bytes of stdout and of stderr are kept, each (the last ones); 0: 1 MiB */
    gint64 timeout_seconds;  /* 0: none */
    gint64 stall_seconds;    /* its time is also up when its whole group did nothing for so long: no output, no input, no time on a processor; 0: none */
    mode_t umask;            /* of the child; 0: this process's */
    bool planned;            /* it may run before a person's yes: git, and what the user himself has set up */
    bool session;            /* a session of its own: it has no terminal to ask at */
    const gint *cancel;      /* set (atomically) to end the child; or NULL */
    const char *mark;        /* for SLIPWAY_CHILD, or NULL: none */
    void (*started)(gint64 pid, const char *start_time, void *data); /* called once in the calling thread; the pid is also the process group */
    void (*chunk)(const char *bytes, gsize length, void *data);      /* takes standard output as it comes; none of it is kept then */
    void (*line)(const char *line, void *data);                      /* each finished line of output, bounded, unescaped */
    void *data;

    /* A fence. Files and folders, NULL-ended: it writes nowhere else (Landlock), gains no rights by setuid and, where the kernel can, sends others no signal;
     * NULL: it writes where the user may. */
    const char *const *writable;
    ProcessNetwork network;
} ProcessSpec;

typedef struct {
    int exit_status; /* of a normal exit; -1 otherwise */
    int signal;      /* that ended it; 0 otherwise */
    bool timed_out;
    bool stalled; /* it timed out, because it did nothing for so long */
    gint64 limit; /* seconds it was allowed, where it timed out; `seconds` may be more: it is given time to end */
    bool cancelled;
    bool cut;    /* standard output was longer than `capture`: its beginning is not in `out` */
    GBytes *out; /* never NULL; NUL-terminated behind its end for use as text */
    GBytes *err;
    double seconds;
    guint64 log_cut; /* bytes of output that the log does not have */
} ProcessResult;

/* False only when the child could not be started (PROGRAM_MISSING, PROGRAM_REFUSED, PROCESS, IO; of a git while planning, GIT_KILLED and TOO_LARGE, too: what
 * its repository's configuration would have it run is not known). How it ended is in the result; clear it with
 * process_result_clear. */
bool process_run(const ProcessSpec *spec, ProcessResult *result, GError **error);
void process_result_clear(ProcessResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProcessResult, process_result_clear)
bool process_ok(const ProcessResult *result);             /* exit status 0 and neither timed out nor cancelled */
char *process_describe_end(const ProcessResult *result);  /* "exit 1", "killed by signal 9 (Killed)", "timed out after 60 s"; free with g_free */
const char *process_text(GBytes *captured);               /* borrowed, NUL-terminated */
char *process_find(const char *program, const char *cwd); /* absolute path from PATH; NULL when missing; never below cwd through a relative PATH entry */

/* Does this kernel keep a child from writing elsewhere (Landlock, Linux 5.19), and also from cutting files short (Linux 6.2)? Where it does not, process_run
 * with `writable` is the error PROCESS, as it is with a `network` that this user may not have: nothing runs with less of a fence than was asked for. */
bool process_fences_writes(void);
bool process_fences_truncation(void);

/* Before a person's yes nothing runs that a repository brings. Between process_plan and process_act, process_run starts what is marked as `planned` and nothing
 * else, and not even that where it lies below the work tree (of cwd, or of this process): PROGRAM_REFUSED. PATH entries below the tree and relative ones are
 * passed over, for the program and for its children. A git is not told of programs by the repository's own configuration: only what the user's (system, global,
 * environment) names counts, and what the global slipway.trusted lists. At the start of a process everything is allowed. */
void process_plan(void);
void process_act(void);
bool process_is_planning(void);
/* The keys of a repository's own configuration that do not count while planning, divided by blanks; NULL: none, or not planning. g_free. */
char *process_held_back(const char *folder);

/* The environment of gates, builds and all other programs that a project or a table names: what base/process_env.def lets pass of this process's, all that
 * `pass` names (NULL-ended names, or NULL), over it `extra` ("K=V", may be NULL). What `pass` hands over and is called like a secret is known to secret_redact
 * from then on. g_strfreev. */
char **process_pass_env(const char *const *pass, const char *const *extra);
char **process_clean_env(const char *const *extra); /* the same without `pass` */
char **process_git_env(void);                       /* for git, where it meets nobody: its own variables and the agents of keys besides. g_strfreev */
char **process_withheld(void);                      /* names of what process_clean_env leaves out, or passes without a password. g_strfreev */
/* From now on /proc/PID/environ shows nothing of what process_clean_env leaves out; g_getenv does as before. Once, before any thread is there. */
void process_hide_env(void);
/* The variables that hold tokens of forges, NULL-ended: they are handed over to no child but those that speak with a forge, also not by name. */
const char *const *process_token_names(void);
char **process_drop_tokens(char **env); /* takes and returns it */

/* From now on daemons that a child leaves behind become this process's children, by which process_run finds and ends them. Once, at the program's start. */
void process_adopt_orphans(void);
/* Ends adopted processes that carry `entry` ("K=V") in their environment: SIGTERM, then SIGKILL. Returns how many. */
guint process_end_adopted(const char *entry);

/* Asks every child of this process, with its group, to end, and does not wait: the last thing before the program ends without having heard of them. */
void process_end_children(void);

/* A process by pid *and* start time (clock ticks since boot as in /proc/PID/stat, field 22). */
char *process_start_time(gint64 pid); /* NULL when there is none (or it is a zombie) */
char *process_boot_id(void);
/* A number that changes while a process group does something: what its processes read, wrote and computed. */
guint64 process_activity(gint64 group);
/* `mark` as the processes of one clone carry it: with what no other clone has at the same time, of this machine or another (the boot, and the device and inode
 * of its git folder: a copy has others). g_free. */
char *process_own_mark(const char *mark, const char *git_dir);
bool process_is_alive(gint64 pid, const char *start_time);
/* Ends the recorded group, if its leader is still the same process, and every process that carries mark in its environment; waits up to
 * grace_ms, then SIGKILL. pid 0: by mark alone. Returns how many processes were signalled. */
guint process_end_orphans(gint64 pid, const char *start_time, const char *mark, guint grace_ms);
