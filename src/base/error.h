/* Errors: one GError domain, one catalogue (base/errors.def).
 *
 * An error carries what a person at a bad hour needs, one line each: what happened (the GError's message), why (the other side's own words),
 * state (what has and has not happened outside), fix (the exact command) and whether a rerun is safe (from the catalogue).
 *
 * Use: `return error_set(error, ERROR_TAG_EXISTS, "the tag %s exists", tag);`, then, where known, error_why(), error_state(), error_fix()
 * on the same GError**. All take NULL as GLib does. Texts are copied. What a reader sees is escaped when it is printed, not here. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef enum {
#define ERROR_ROW(code, exit, rerun, fix) ERROR_##code,
#include "base/errors.def"
#undef ERROR_ROW
    ERROR_COUNT
} ErrorCode;

#define SLIPWAY_ERROR (slipway_error_quark())
GQuark slipway_error_quark(void);

/* Sets *error and returns false, so that a failing function ends in `return error_set(…)`. */
bool error_set(GError **error, ErrorCode code, const char *what, ...) G_GNUC_PRINTF(3, 4);
void error_why(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
void error_state(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
void error_fix(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The fix "… run the same command again" of an error that stopped a run which goes on by `slipway resume`. */
void error_resume(GError **error);
/* The other way round, for a run that has been closed. */
void error_again(GError **error);
/* errno's text as the why: error_errno(error, ERROR_IO, errno, "cannot write %s", path). ENOSPC and EDQUOT become DISK_FULL. Returns false. */
bool error_errno(GError **error, ErrorCode code, int errnum, const char *what, ...) G_GNUC_PRINTF(4, 5);

/* Readers; error may be of a foreign domain: then it counts as INTERNAL. Strings are borrowed; NULL where nothing was said. */
ErrorCode error_code(const GError *error);
bool error_is(const GError *error, ErrorCode code);
const char *error_name(const GError *error);
int error_exit_status(const GError *error);
const char *error_get_why(const GError *error);
const char *error_get_state(const GError *error);
const char *error_get_fix(const GError *error); /* never NULL: the catalogue's when the place named none */
bool error_rerun_is_safe(const GError *error);

/* {code, what, why, state, fix, rerun, exit} and back; the JSON is the caller's. */
json_t *error_to_json(const GError *error);
GError *error_from_json(const json_t *json);
/* The five lines, ending in a newline; free with g_free. */
char *error_to_text(const GError *error);
