#include "cli/sink.h"

#include "base/fs.h"
#include "base/process.h"
#include "base/screen.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* stderr has no buffer: what a call prints comes at once, but for texts that are larger than stdio's own pieces. */
#define PIECE 4096
/* A release prints some kilobytes; `--json` of a large one some hundred. */
#define KEPT (8u << 20)

typedef struct {
    int fd;
    const char *file; /* where it is kept */
    bool by_lines;    /* holds back what has no end yet, so that no secret is cut in two */
    bool bytes;       /* a document, and no terminal: not escaped */
    GString *held;
    Screen *screen;
    int problem; /* errno of the first write that failed; 0: none */
    GString *lost;
    guint64 dropped; /* bytes of what is lost that there was no room for */
} Sink;

static Sink sinks[] = {{.fd = STDOUT_FILENO, .file = "stdout.txt", .by_lines = true}, {.fd = STDERR_FILENO, .file = "stderr.txt", .by_lines = false}};
static char *keep_folder;

/* ---- writing ---- */

/* How much was written; errno says why not all. A descriptor that others made non-blocking is waited for. */
static gsize write_all(int fd, const char *data, gsize length) {
    gsize done = 0;
    while (done < length) {
        ssize_t put = write(fd, data + done, length - done);
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        if (put < 0 && errno != EINTR && (errno != EAGAIN || poll(&wait, 1, -1) < 0))
            return done;
        done += put > 0 ? (gsize)put : 0;
    }
    return done;
}

static void lose(Sink *sink, const char *data, gsize length) {
    gsize room = KEPT - MIN(KEPT, sink->lost->len), part = MIN(room, length);
    g_string_append_len(sink->lost, data, (gssize)part);
    sink->dropped += length - part;
}

/* After the first failure nothing is tried any more: what is lost is then one piece. */
static void emit(Sink *sink, const char *data, gsize length) {
    gsize done = sink->problem == 0 ? write_all(sink->fd, data, length) : 0;
    if (done == length)
        return;
    if (sink->problem == 0)
        sink->problem = errno;
    lose(sink, data + done, length - done);
}

static void show(Sink *sink, const char *text, gsize length) {
    if (sink->bytes) {
        emit(sink, text, length);
        return;
    }
    g_autoptr(GString) out = g_string_sized_new(length);
    screen_feed(sink->screen, text, length, out);
    emit(sink, out->str, out->len);
}

/* Secrets first, in the text as it is: to escape it before would tear them. They hold no NUL. */
static void pass(Sink *sink, const char *text, gsize length) {
    for (gsize at = 0; at < length;) {
        gsize part = strnlen(text + at, length - at);
        g_autofree char *copy = g_strndup(text + at, part);
        g_autofree char *clean = secret_redact(copy);
        show(sink, clean != NULL ? clean : copy, clean != NULL ? strlen(clean) : part);
        if (at + part < length)
            show(sink, "", 1);
        at += part + 1;
    }
}

static ssize_t take(void *cookie, const char *data, size_t length) {
    Sink *sink = cookie;
    if (!secret_is_known() && sink->held->len == 0) {
        pass(sink, data, length);
        return (ssize_t)length;
    }
    g_string_append_len(sink->held, data, (gssize)length);
    bool whole = !sink->by_lines && length < PIECE;
    const char *end = whole ? sink->held->str + sink->held->len - 1 : memrchr(sink->held->str, '\n', sink->held->len);
    gsize part = end != NULL ? (gsize)(end - sink->held->str) + 1 : 0;
    pass(sink, sink->held->str, part);
    g_string_erase(sink->held, 0, (gssize)part);
    return (ssize_t)length;
}

/* ---- opening ---- */

/* A descriptor that is closed would be given to the next file that is opened, the journal perhaps. What stands there now refuses to be written, as a closed one
 * does. */
static void hold_descriptors(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
            return;
    }
}

static FILE *open_on(Sink *sink, bool actions) {
    sink->held = g_string_new(NULL);
    sink->lost = g_string_new(NULL);
    sink->screen = screen_new(actions);
    return fopencookie(sink, "w", (cookie_io_functions_t){.write = take});
}

void sink_open(void) {
    hold_descriptors();
    for (const char *const *name = process_token_names(); *name != NULL; name++) {
        const char *value = g_getenv(*name);
        secret_unref(value != NULL ? secret_new(value, strlen(value)) : NULL); /* what was one stays known */
    }
    bool actions = g_strcmp0(g_getenv("GITHUB_ACTIONS"), "true") == 0;
    FILE *out = open_on(&sinks[0], actions), *err = open_on(&sinks[1], actions);
    if (out == NULL || err == NULL)
        return;
    setvbuf(out, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    setvbuf(err, NULL, _IONBF, 0);
    stdout = out;
    stderr = err;
}

void sink_document(void) {
    sinks[0].bytes = isatty(STDOUT_FILENO) != 1;
}

/* ---- the end ---- */

int sink_problem(void) {
    return sinks[0].problem;
}

void sink_keep_in(const char *folder) {
    g_free(keep_folder);
    keep_folder = g_strdup(folder);
}

void sink_flush(void) {
    fflush(stdout);
    fflush(stderr);
    for (guint i = 0; i < G_N_ELEMENTS(sinks); i++) {
        Sink *sink = &sinks[i];
        if (sink->held == NULL)
            continue;
        g_autoptr(GString) rest = g_string_new(NULL);
        pass(sink, sink->held->str, sink->held->len);
        g_string_truncate(sink->held, 0);
        screen_flush(sink->screen, rest);
        emit(sink, rest->str, rest->len);
    }
}

/* A run that is gone on with has one already: what comes now stands below it. */
static bool keep(const Sink *sink) {
    g_autofree char *path = g_build_filename(keep_folder, sink->file, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool kept = fd >= 0 && write_all(fd, sink->lost->str, sink->lost->len) == sink->lost->len && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return kept;
}

void sink_settle(void) {
    sink_flush();
    bool kept[G_N_ELEMENTS(sinks)];
    for (guint i = 0; i < G_N_ELEMENTS(sinks); i++)
        kept[i] = keep_folder != NULL && sinks[i].lost->len > 0 && keep(&sinks[i]);
    const Sink *out = &sinks[0];
    if (out->problem == 0)
        return;
    g_autofree char *folder = text_escape(keep_folder, -1, false);
    fprintf(stderr, "! standard output could not be written: %s; the exit status is that of what was done\n", g_strerror(out->problem));
    if (kept[0] && out->dropped == 0)
        fprintf(stderr, "  what should stand there is in %s/%s\n", folder, out->file);
    else
        fprintf(stderr, "  of what should stand there %" G_GUINT64_FORMAT " bytes are lost%s%s%s%s\n", out->dropped + (kept[0] ? 0 : out->lost->len),
                kept[0] ? "; the rest is in " : "", kept[0] ? folder : "", kept[0] ? "/" : "", kept[0] ? out->file : "");
    sink_flush();
}
