#include "base/process.h"

#include "base/error.h"
#include "base/fault_calls.h"
#include "base/process_fork.h"
#include "base/process_guard.h"
#include "base/process_log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK_PIPE (1 << 20)
#define FILL_NS (2 * 1000 * 1000)
#define DEFAULT_CAPTURE (1 << 20)
#define LINE_LIMIT 4096
#define DEFAULT_LOG_LIMIT (G_GUINT64_CONSTANT(256) << 20)
#define GRACE_MS 3000
#define TICK_MS 50
#define LOOK_US (500 * 1000)

/* One output stream of a child: the last `capture` bytes and the line that is being read. */
typedef struct {
    int fd;
    GByteArray *kept;
    gsize seen; /* bytes that came */
    GString *line;
} Stream;

typedef struct {
    const ProcessSpec *spec;
    ProcessResult *result;
    pid_t pid;
    int pidfd;
    int input_fd;
    gsize input_done;
    ProcessLog *log; /* or NULL */
    char *entry;     /* of the child's environment, by which what leaves its group is known */
    Stream out, err;
    gint64 ending_since; /* monotonic; 0: not being ended */
    gint64 active_since; /* monotonic; the last time that it was seen to do something */
    gint64 looked;       /* monotonic; when that was looked at */
    guint64 activity;
    bool killed;
    bool exited;
} Child;

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- starting ---- */

/* Of this process and its children alone. */
static char *new_entry(void) {
    static gint last;
    return g_strdup_printf("SLIPWAY_CHILD_NUMBER=%d.%d", (int)getpid(), g_atomic_int_add(&last, 1));
}

static char **child_env(const ProcessSpec *spec, const char *entry, GError **error) {
    g_auto(GStrv) env = spec->env != NULL ? g_strdupv((char **)spec->env) : process_clean_env(NULL);
    if (spec->mark != NULL)
        env = g_environ_setenv(g_steal_pointer(&env), "SLIPWAY_CHILD", spec->mark, TRUE);
    env = g_environ_setenv(g_steal_pointer(&env), "SLIPWAY_CHILD_NUMBER", strchr(entry, '=') + 1, TRUE);
    return process_guard_environment(spec, g_steal_pointer(&env), error);
}

typedef struct {
    int in[2], out[2], err[2];
} Pipes;

static bool make_pipes(Pipes *pipes, GError **error) {
    *pipes = (Pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (fault_start_fails("pipe"))
        return error_errno(error, ERROR_IO, EMFILE, "cannot make a pipe");
    if (pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 && pipe2(pipes->err, O_CLOEXEC) == 0)
        return true;
    return error_errno(error, ERROR_IO, errno, "cannot make a pipe");
}

static void close_pipes(Pipes *pipes) {
    for (int i = 0; i < 2; i++) {
        close_fd(&pipes->in[i]);
        close_fd(&pipes->out[i]);
        close_fd(&pipes->err[i]);
    }
}

/* posix_spawn, not fork: other threads hold locks. The child leads a group of its own and has every signal as by default. */
static int spawn(const ProcessSpec *spec, const char *program, char **env, const Pipes *pipes, pid_t *pid) {
    const int fds[] = {spec->input != NULL ? pipes->in[0] : -1, pipes->out[1], pipes->err[1]};
    if (fault_start_fails("process"))
        return EAGAIN;
    if (spec->umask != 0 || spec->session || spec->writable != NULL || spec->network != PROCESS_NETWORK_SHARED)
        return process_fork(spec, program, fds, env, pid);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (spec->input != NULL)
        posix_spawn_file_actions_adddup2(&actions, pipes->in[0], 0);
    else
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipes->out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, pipes->err[1], 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (spec->cwd != NULL)
        posix_spawn_file_actions_addchdir_np(&actions, spec->cwd);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int problem = posix_spawn(pid, program, &actions, &attributes, (char *const *)spec->argv, env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return problem;
}

/* ---- reading ---- */

static void keep_tail(Stream *stream, const char *data, gsize length, gsize capture) {
    g_byte_array_append(stream->kept, (const guint8 *)data, (guint)length);
    stream->seen += length;
    if (stream->kept->len > 2 * capture)
        g_byte_array_remove_range(stream->kept, 0, stream->kept->len - (guint)capture);
}

static void end_line(Child *child, Stream *stream) {
    if (child->spec->line != NULL && stream->line->len > 0)
        child->spec->line(stream->line->str, child->spec->data);
    g_string_truncate(stream->line, 0);
}

static void add_to_line(GString *line, const char *data, gsize length) {
    gsize room = line->len < LINE_LIMIT ? LINE_LIMIT - line->len : 0;
    for (gsize i = 0; i < length && i < room; i++) {
        if (data[i] != '\0')
            g_string_append_c(line, data[i]);
    }
}

static void split_lines(Child *child, Stream *stream, const char *data, gsize length) {
    gsize from = 0;
    for (gsize i = 0; i < length; i++) {
        if (data[i] != '\n' && data[i] != '\r')
            continue;
        add_to_line(stream->line, data + from, i - from);
        end_line(child, stream);
        from = i + 1;
    }
    add_to_line(stream->line, data + from, length - from);
}

/* Returns false when the stream has ended. */
static bool read_stream(Child *child, Stream *stream) {
    char buffer[1 << 16];
    ssize_t got = read(stream->fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0) {
        end_line(child, stream);
        close_fd(&stream->fd);
        return false;
    }
    if (child->spec->chunk != NULL && stream == &child->out) {
        child->spec->chunk(buffer, (gsize)got, child->spec->data);
        return true;
    }
    gsize capture = child->spec->capture != 0 ? child->spec->capture : DEFAULT_CAPTURE;
    keep_tail(stream, buffer, (gsize)got, capture);
    if (child->log != NULL)
        process_log_add(child->log, stream == &child->err, buffer, (gsize)got);
    if (child->spec->line != NULL)
        split_lines(child, stream, buffer, (gsize)got);
    return true;
}

static void write_input(Child *child) {
    gsize size = 0;
    const char *data = g_bytes_get_data(child->spec->input, &size);
    ssize_t put = write(child->input_fd, data + child->input_done, size - child->input_done);
    if (put > 0)
        child->input_done += (gsize)put;
    if ((put < 0 && errno != EAGAIN && errno != EINTR) || child->input_done == size)
        close_fd(&child->input_fd);
}

/* ---- waiting and ending ---- */

static void begin_ending(Child *child) {
    if (child->ending_since != 0)
        return;
    child->ending_since = g_get_monotonic_time();
    kill(-child->pid, SIGTERM);
}

static void time_out(Child *child, gint64 limit, bool stalled) {
    child->result->timed_out = true;
    child->result->stalled = stalled;
    child->result->limit = limit;
    begin_ending(child);
}

/* Output is the cheap sign of life; only where there is none the group is looked at. */
static bool has_stalled(Child *child, gint64 now) {
    if (child->active_since == 0)
        child->active_since = now;
    if (child->spec->stall_seconds == 0 || now - MAX(child->active_since, child->looked) < LOOK_US)
        return false;
    child->looked = now;
    guint64 activity = process_activity(child->pid);
    if (activity != child->activity)
        child->active_since = now;
    child->activity = activity;
    return now - child->active_since > child->spec->stall_seconds * G_USEC_PER_SEC;
}

static void look_at_clock(Child *child, gint64 began) {
    gint64 now = g_get_monotonic_time();
    const ProcessSpec *spec = child->spec;
    if (spec->cancel != NULL && g_atomic_int_get(spec->cancel) != 0 && !child->result->timed_out) {
        child->result->cancelled = true;
        begin_ending(child);
    }
    bool may_time_out = !child->result->cancelled && !child->result->timed_out;
    if (may_time_out && spec->timeout_seconds > 0 && now - began > spec->timeout_seconds * G_USEC_PER_SEC)
        time_out(child, spec->timeout_seconds, false);
    else if (may_time_out && has_stalled(child, now))
        time_out(child, spec->stall_seconds, true);
    if (child->ending_since != 0 && !child->killed && now - child->ending_since > GRACE_MS * 1000) {
        kill(-child->pid, SIGKILL);
        child->killed = true;
    }
}

/* A stream comes in small writes; a reader that runs at each makes both programs wake each other thousands of times. */
static void let_fill(int fd) {
    int waiting = 0;
    struct timespec nap = {.tv_nsec = FILL_NS};
    if (ioctl(fd, FIONREAD, &waiting) == 0 && waiting < CHUNK_PIPE / 4)
        nanosleep(&nap, NULL); /* reason: a quarter of the pipe is worth waking for; the end of the child is not waited for longer than this */
}

static void wait_events(Child *child) {
    struct pollfd fds[4] = {
        {.fd = child->out.fd, .events = POLLIN},
        {.fd = child->err.fd, .events = POLLIN},
        {.fd = child->input_fd, .events = POLLOUT},
        {.fd = child->pidfd, .events = POLLIN},
    };
    poll(fds, G_N_ELEMENTS(fds), TICK_MS);
    if (child->spec->chunk != NULL && (fds[0].revents & POLLIN) != 0)
        let_fill(child->out.fd);
    if ((fds[0].revents | fds[1].revents | fds[2].revents) != 0)
        child->active_since = g_get_monotonic_time();
    if (fds[0].revents != 0)
        read_stream(child, &child->out);
    if (fds[1].revents != 0)
        read_stream(child, &child->err);
    if (fds[2].revents != 0)
        write_input(child);
}

static void note_exit(Child *child, const siginfo_t *info) {
    child->exited = true;
    if (info->si_code == CLD_EXITED)
        child->result->exit_status = info->si_status;
    else
        child->result->signal = info->si_status;
}

/* What the child left in its group ends with it; the group's leader is still a zombie then, so the number cannot mean another group. */
static void end_group(Child *child) {
    kill(-child->pid, SIGTERM);
    for (int waited = 0; waited < 20 && child->out.fd >= 0; waited++) {
        struct pollfd fd = {.fd = child->out.fd, .events = POLLIN};
        if (poll(&fd, 1, 5) > 0)
            read_stream(child, &child->out);
    }
    kill(-child->pid, SIGKILL);
}

static void drain(Child *child, Stream *stream) {
    for (int rounds = 0; rounds < 1024 && stream->fd >= 0; rounds++) {
        struct pollfd fd = {.fd = stream->fd, .events = POLLIN};
        if (poll(&fd, 1, 0) <= 0)
            break;
        read_stream(child, stream);
    }
    end_line(child, stream);
}

static void watch(Child *child) {
    gint64 began = g_get_monotonic_time();
    while (!child->exited) {
        wait_events(child);
        look_at_clock(child, began);
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child->pid)
            note_exit(child, &info);
    }
    drain(child, &child->out);
    drain(child, &child->err);
    if (child->out.fd >= 0 || child->err.fd >= 0)
        end_group(child);
    else
        kill(-child->pid, SIGKILL);
    drain(child, &child->out);
    drain(child, &child->err);
    waitpid(child->pid, NULL, 0);
    process_end_adopted(child->entry);
    child->result->seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

/* ---- the whole ---- */

static GBytes *finish_stream(Stream *stream, gsize capture) {
    if (stream->kept->len > capture)
        g_byte_array_remove_range(stream->kept, 0, stream->kept->len - (guint)capture);
    g_byte_array_append(stream->kept, (const guint8 *)"", 1);
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(stream->kept);
    g_string_free(stream->line, TRUE);
    close_fd(&stream->fd);
    return g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) - 1);
}

static Stream new_stream(int fd) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return (Stream){.fd = fd, .kept = g_byte_array_new(), .line = g_string_new(NULL)};
}

typedef struct {
    pid_t pid;
    ProcessLog *log;
    char *entry;
} Started;

static void attend(const ProcessSpec *spec, Pipes *pipes, const Started *started, ProcessResult *result) {
    pid_t pid = started->pid;
    Child child = {.spec = spec, .result = result, .pid = pid, .log = started->log, .entry = started->entry, .input_fd = -1};
    child.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    child.out = new_stream(pipes->out[0]);
    child.err = new_stream(pipes->err[0]);
    pipes->out[0] = pipes->err[0] = -1;
    if (spec->input != NULL) {
        child.input_fd = pipes->in[1];
        fcntl(child.input_fd, F_SETFL, O_NONBLOCK);
        pipes->in[1] = -1;
    }
    if (spec->chunk != NULL)
        fcntl(child.out.fd, F_SETPIPE_SZ, CHUNK_PIPE); /* fewer turns; where it is not granted, the usual size does */
    close_pipes(pipes);
    if (spec->started != NULL) {
        g_autofree char *start_time = process_start_time(pid);
        spec->started(pid, start_time != NULL ? start_time : "", spec->data);
    }
    watch(&child);
    gsize capture = spec->capture != 0 ? spec->capture : DEFAULT_CAPTURE;
    result->cut = child.out.seen > capture;
    result->out = finish_stream(&child.out, capture);
    result->err = finish_stream(&child.err, capture);
    close_fd(&child.input_fd);
    close_fd(&child.pidfd);
    result->log_cut = process_log_close(child.log);
}

bool process_run(const ProcessSpec *spec, ProcessResult *result, GError **error) {
    *result = (ProcessResult){.exit_status = -1};
    g_autofree char *program = process_guard_find(spec, error);
    g_autofree char *entry = new_entry();
    g_auto(GStrv) env = program != NULL ? child_env(spec, entry, error) : NULL;
    if (env == NULL)
        return false;
    ProcessLog *log = NULL;
    guint64 limit = spec->log_limit != 0 ? spec->log_limit : DEFAULT_LOG_LIMIT;
    if (spec->log_path != NULL && (log = process_log_open(spec->log_path, limit, error)) == NULL)
        return false;
    Pipes pipes;
    Started started = {.log = log, .entry = entry};
    bool ready = make_pipes(&pipes, error);
    int problem = ready ? spawn(spec, program, env, &pipes, &started.pid) : 0;
    if (!ready || problem != 0) {
        close_pipes(&pipes);
        process_log_close(log);
        return ready ? error_errno(error, ERROR_PROCESS, problem, "cannot start %s", spec->argv[0]) : false;
    }
    attend(spec, &pipes, &started, result);
    return true;
}

void process_result_clear(ProcessResult *result) {
    g_clear_pointer(&result->out, g_bytes_unref);
    g_clear_pointer(&result->err, g_bytes_unref);
}

bool process_ok(const ProcessResult *result) {
    return result->exit_status == 0 && !result->timed_out && !result->cancelled;
}

char *process_describe_end(const ProcessResult *result) {
    if (result->stalled)
        return g_strdup_printf("did nothing for %" G_GINT64_FORMAT " s", result->limit);
    if (result->timed_out)
        return g_strdup_printf("timed out after %" G_GINT64_FORMAT " s", result->limit);
    if (result->cancelled)
        return g_strdup("ended, because the run is being stopped");
    if (result->signal != 0)
        return g_strdup_printf("killed by signal %d (%s)", result->signal, g_strsignal(result->signal));
    return g_strdup_printf("exit %d", result->exit_status);
}

const char *process_text(GBytes *captured) {
    return g_bytes_get_data(captured, NULL);
}
