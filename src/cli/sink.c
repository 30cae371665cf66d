#include "cli/sink.h"

#include "base/process.h"
#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* stderr has no buffer: what a call prints comes at once, but for texts that are larger than stdio's own pieces. */
#define PIECE 4096

typedef struct {
    int fd;
    bool by_lines; /* holds back what has no end yet, so that no secret is cut in two */
    GString *held;
} Sink;

static Sink sinks[] = {{.fd = STDOUT_FILENO, .by_lines = true}, {.fd = STDERR_FILENO, .by_lines = false}};

static bool write_all(int fd, const char *data, gsize length) {
    while (length > 0) {
        ssize_t put = write(fd, data, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        length -= (gsize)put;
    }
    return true;
}

/* Texts are printed; what holds a NUL goes out as it is up to the NUL, which nothing that is printed does. */
static bool write_clean(const Sink *sink, const char *text, gsize length) {
    g_autofree char *copy = g_strndup(text, length);
    g_autofree char *clean = secret_redact(copy);
    return clean != NULL ? write_all(sink->fd, clean, strlen(clean)) : write_all(sink->fd, text, length);
}

static ssize_t take(void *cookie, const char *data, size_t length) {
    Sink *sink = cookie;
    if (!secret_is_known() && sink->held->len == 0)
        return write_all(sink->fd, data, length) ? (ssize_t)length : 0;
    g_string_append_len(sink->held, data, (gssize)length);
    bool whole = !sink->by_lines && length < PIECE;
    const char *end = whole ? sink->held->str + sink->held->len - 1 : memrchr(sink->held->str, '\n', sink->held->len);
    gsize part = end != NULL ? (gsize)(end - sink->held->str) + 1 : 0;
    bool written = write_clean(sink, sink->held->str, part);
    g_string_erase(sink->held, 0, (gssize)part);
    return written ? (ssize_t)length : 0;
}

static FILE *open_on(Sink *sink) {
    sink->held = g_string_new(NULL);
    return fopencookie(sink, "w", (cookie_io_functions_t){.write = take});
}

void sink_open(void) {
    for (const char *const *name = process_token_names(); *name != NULL; name++) {
        const char *value = g_getenv(*name);
        secret_unref(value != NULL ? secret_new(value, strlen(value)) : NULL); /* what was one stays known */
    }
    FILE *out = open_on(&sinks[0]), *err = open_on(&sinks[1]);
    if (out == NULL || err == NULL)
        return;
    setvbuf(out, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    setvbuf(err, NULL, _IONBF, 0);
    stdout = out;
    stderr = err;
}

int sink_close(void) {
    int status = fflush(stdout) != 0 || ferror(stdout) ? -1 : 0;
    fflush(stderr);
    for (guint i = 0; i < G_N_ELEMENTS(sinks); i++) {
        if (sinks[i].held != NULL && sinks[i].held->len > 0 && !write_clean(&sinks[i], sinks[i].held->str, sinks[i].held->len))
            status = -1;
        if (sinks[i].held != NULL)
            g_string_truncate(sinks[i].held, 0);
    }
    return status;
}
