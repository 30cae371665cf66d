#include "base/process_log.h"

#include "base/address.h"
#include "base/error.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LATE_KEPT (1u << 18)
/* A line that is longer is written in parts; a secret of less than OVERLAP bytes is in one of them whole. */
#define LINE_LIMIT (1u << 18)
#define OVERLAP (1u << 16)

struct ProcessLog {
    int fd;
    guint64 limit, written, cut;
    GByteArray *late;    /* the end of what there is no room for */
    GByteArray *held[2]; /* of each stream, the line that is not whole */
};

ProcessLog *process_log_open(const char *path, guint64 limit, GError **error) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_errno(error, ERROR_IO, errno, "cannot write the log %s", path);
        return NULL;
    }
    ProcessLog *log = g_new0(ProcessLog, 1);
    *log = (ProcessLog){.fd = fd, .limit = limit, .late = g_byte_array_new()};
    for (guint i = 0; i < 2; i++)
        log->held[i] = g_byte_array_new();
    return log;
}

static void write_out(ProcessLog *log, const char *data, gsize length) {
    while (length > 0 && log->fd >= 0) {
        ssize_t put = write(log->fd, data, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            close(log->fd); /* a full disk must not hang the child; what was captured is still shown */
            log->fd = -1;
            log->cut += length;
            return;
        }
        data += put;
        length -= (gsize)put;
    }
}

static void add(ProcessLog *log, const char *data, gsize length) {
    gsize part = (gsize)MIN((guint64)length, log->limit - MIN(log->limit, log->written));
    write_out(log, data, part);
    log->written += part;
    if (part == length || log->fd < 0)
        return;
    log->cut += length - part;
    g_byte_array_append(log->late, (const guint8 *)data + part, (guint)(length - part));
    if (log->late->len > 2 * LATE_KEPT)
        g_byte_array_remove_range(log->late, 0, log->late->len - LATE_KEPT);
}

/* Output may hold NULs: each text between them by itself. */
static GString *redact(const char *data, gsize length) {
    GString *out = g_string_sized_new(length);
    for (gsize from = 0; from < length;) {
        const char *end = memchr(data + from, '\0', length - from);
        gsize size = end != NULL ? (gsize)(end - data) - from : length - from;
        g_autofree char *text = g_strndup(data + from, size);
        g_autofree char *users = address_redact_users(text);
        const char *said = users != NULL ? users : text;
        g_autofree char *clean = secret_redact(said);
        g_string_append(out, clean != NULL ? clean : said);
        if (end != NULL)
            g_string_append_c(out, '\0');
        from += size + (end != NULL ? 1 : 0);
    }
    return out;
}

static void add_whole_lines(ProcessLog *log, GByteArray *held) {
    const char *end = held->len > 0 ? memrchr(held->data, '\n', held->len) : NULL;
    gsize lines = end != NULL ? (gsize)(end - (const char *)held->data) + 1 : 0;
    if (lines > 0) {
        g_autoptr(GString) clean = redact((const char *)held->data, lines);
        add(log, clean->str, clean->len);
        g_byte_array_remove_range(held, 0, (guint)lines);
    }
    if (held->len <= LINE_LIMIT)
        return;
    g_autoptr(GString) clean = redact((const char *)held->data, held->len);
    gsize keep = MIN(clean->len, OVERLAP);
    add(log, clean->str, clean->len - keep);
    g_byte_array_set_size(held, 0);
    g_byte_array_append(held, (const guint8 *)clean->str + clean->len - keep, (guint)keep);
}

void process_log_add(ProcessLog *log, guint stream, const char *data, gsize length) {
    GByteArray *held = log->held[stream];
    g_byte_array_append(held, (const guint8 *)data, (guint)length);
    add_whole_lines(log, held);
}

/* The end of an output that was too long says what came of it. */
static void add_late(ProcessLog *log) {
    guint keep = MIN(log->late->len, LATE_KEPT);
    if (keep == 0 || log->fd < 0)
        return;
    log->cut -= keep;
    g_autofree char *note = g_strdup_printf("\n[slipway: %" G_GUINT64_FORMAT " bytes of output are left out here]\n", log->cut);
    write_out(log, note, strlen(note));
    write_out(log, (const char *)log->late->data + log->late->len - keep, keep);
}

guint64 process_log_close(ProcessLog *log) {
    if (log == NULL)
        return 0;
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GString) clean = redact((const char *)log->held[i]->data, log->held[i]->len);
        add(log, clean->str, clean->len);
        g_byte_array_unref(log->held[i]);
    }
    add_late(log);
    guint64 cut = log->cut;
    g_byte_array_unref(log->late);
    if (log->fd >= 0)
        close(log->fd);
    g_free(log);
    return cut;
}
