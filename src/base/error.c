#include "base/error.h"

#include "base/jsonx.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>

typedef struct {
    char *why, *state, *fix;
} SlipwayErrorPrivate;

static void slipway_error_private_init(SlipwayErrorPrivate *private) {
    *private = (SlipwayErrorPrivate){0};
}

static void slipway_error_private_copy(const SlipwayErrorPrivate *from, SlipwayErrorPrivate *to) {
    to->why = g_strdup(from->why);
    to->state = g_strdup(from->state);
    to->fix = g_strdup(from->fix);
}

static void slipway_error_private_clear(SlipwayErrorPrivate *private) {
    g_free(private->why);
    g_free(private->state);
    g_free(private->fix);
}

G_DEFINE_EXTENDED_ERROR(SlipwayError, slipway_error)

typedef struct {
    const char *name;
    int exit;
    bool rerun;
    const char *fix;
} ErrorRow;

static const ErrorRow rows[] = {
#define ERROR_ROW(code, exit, rerun, fix) {#code, exit, rerun, fix},
#include "base/errors.def"
#undef ERROR_ROW
};

bool error_set(GError **error, ErrorCode code, const char *what, ...) {
    va_list args;
    va_start(args, what);
    if (error != NULL)
        *error = g_error_new_valist(SLIPWAY_ERROR, (gint)code, what, args);
    va_end(args);
    return false;
}

static SlipwayErrorPrivate *detail_of(GError **error) {
    return error != NULL && *error != NULL && (*error)->domain == SLIPWAY_ERROR ? slipway_error_get_private(*error) : NULL;
}

static void G_GNUC_PRINTF(2, 0) put(char **place, const char *format, va_list args) {
    char *text = g_strdup_vprintf(format, args); /* first: the old text may be a part of the new one */
    g_free(*place);
    *place = text;
}

void error_why(GError **error, const char *format, ...) {
    SlipwayErrorPrivate *detail = detail_of(error);
    va_list args;
    va_start(args, format);
    if (detail != NULL)
        put(&detail->why, format, args);
    va_end(args);
}

void error_state(GError **error, const char *format, ...) {
    SlipwayErrorPrivate *detail = detail_of(error);
    va_list args;
    va_start(args, format);
    if (detail != NULL)
        put(&detail->state, format, args);
    va_end(args);
}

void error_fix(GError **error, const char *format, ...) {
    SlipwayErrorPrivate *detail = detail_of(error);
    va_list args;
    va_start(args, format);
    if (detail != NULL)
        put(&detail->fix, format, args);
    va_end(args);
}

static void reword(GError **error, const char *const words[2][2]) {
    g_autoptr(GString) fix = g_string_new(error_get_fix(*error));
    guint changed = 0;
    for (guint i = 0; i < 2; i++)
        changed += g_string_replace(fix, words[i][0], words[i][1], 0);
    if (changed > 0)
        error_fix(error, "%s", fix->str);
}

void error_resume(GError **error) {
    static const char *const words[2][2] = {{", then run the same command again", ", then: slipway resume"}, {"run the same command again", "slipway resume"}};
    reword(error, words);
}

void error_again(GError **error) {
    static const char *const words[2][2] = {{", then: slipway resume", ", then run the same command again"}, {"slipway resume", "run the same command again"}};
    reword(error, words);
}

bool error_errno(GError **error, ErrorCode code, int errnum, const char *what, ...) {
    va_list args;
    va_start(args, what);
    g_autofree char *text = g_strdup_vprintf(what, args);
    va_end(args);
    bool full = errnum == ENOSPC || errnum == EDQUOT;
    error_set(error, full ? ERROR_DISK_FULL : code, "%s", text);
    error_why(error, "%s", g_strerror(errnum));
    return false;
}

ErrorCode error_code(const GError *error) {
    bool ours = error->domain == SLIPWAY_ERROR && error->code >= 0 && error->code < ERROR_COUNT;
    return ours ? (ErrorCode)error->code : ERROR_INTERNAL;
}

bool error_is(const GError *error, ErrorCode code) {
    return error != NULL && error_code(error) == code;
}

const char *error_name(const GError *error) {
    return rows[error_code(error)].name;
}

int error_exit_status(const GError *error) {
    return rows[error_code(error)].exit;
}

/* The accessor wants a writable GError; nothing is written through it here. */
static const SlipwayErrorPrivate *detail_const(const GError *error) {
    return error->domain == SLIPWAY_ERROR ? slipway_error_get_private((GError *)error) : NULL;
}

const char *error_get_why(const GError *error) {
    const SlipwayErrorPrivate *detail = detail_const(error);
    return detail != NULL ? detail->why : NULL;
}

const char *error_get_state(const GError *error) {
    const SlipwayErrorPrivate *detail = detail_const(error);
    return detail != NULL ? detail->state : NULL;
}

const char *error_get_fix(const GError *error) {
    const SlipwayErrorPrivate *detail = detail_const(error);
    return detail != NULL && detail->fix != NULL ? detail->fix : rows[error_code(error)].fix;
}

bool error_rerun_is_safe(const GError *error) {
    return rows[error_code(error)].rerun;
}

static void set_text(json_t *object, const char *key, const char *text) {
    g_autofree char *clean = secret_redact(text);
    if (text != NULL)
        json_object_set_new(object, key, jsonx_text(clean != NULL ? clean : text));
}

json_t *error_to_json(const GError *error) {
    json_t *object = json_object();
    set_text(object, "code", error_name(error));
    set_text(object, "what", error->message);
    set_text(object, "why", error_get_why(error));
    set_text(object, "state", error_get_state(error));
    set_text(object, "fix", error_get_fix(error));
    json_object_set_new(object, "rerun", json_string(error_rerun_is_safe(error) ? "safe" : "not safe"));
    json_object_set_new(object, "exit", json_integer(error_exit_status(error)));
    return object;
}

GError *error_from_json(const json_t *json) {
    const char *name = jsonx_string(json, "code");
    ErrorCode code = ERROR_INTERNAL;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_strcmp0(rows[i].name, name) == 0)
            code = (ErrorCode)i;
    }
    const char *what = jsonx_string(json, "what");
    const char *why = jsonx_string(json, "why");
    const char *state = jsonx_string(json, "state");
    const char *fix = jsonx_string(json, "fix");
    GError *error = NULL;
    error_set(&error, code, "%s", what != NULL ? what : "unknown");
    if (why != NULL)
        error_why(&error, "%s", why);
    if (state != NULL)
        error_state(&error, "%s", state);
    if (fix != NULL)
        error_fix(&error, "%s", fix);
    return error;
}

static void add_line(GString *out, const char *label, const char *text) {
    if (text == NULL || *text == '\0')
        return;
    g_autofree char *trimmed = g_strchomp(g_strdup(text));
    g_auto(GStrv) lines = g_strsplit(trimmed, "\n", -1);
    g_string_append_printf(out, "%-7s", label);
    for (guint i = 0; lines[i] != NULL; i++)
        g_string_append_printf(out, "%s%s\n", i > 0 ? "       " : "", lines[i]);
}

char *error_to_text(const GError *error) {
    GString *out = g_string_new(NULL);
    g_autofree char *what = text_escape(error->message, -1, false); /* a name from outside must not add a line of its own, as "fix:" */
    g_string_append_printf(out, "error[%s]: %s\n", error_name(error), what);
    add_line(out, "why:", error_get_why(error));
    add_line(out, "state:", error_get_state(error));
    add_line(out, "fix:", error_get_fix(error));
    add_line(out, "rerun:", error_rerun_is_safe(error) ? "safe" : "not safe before that");
    g_autofree char *text = g_string_free(out, FALSE);
    char *clean = secret_redact(text);
    return clean != NULL ? clean : g_steal_pointer(&text);
}
