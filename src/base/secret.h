/* Secrets: tokens and passwords in one opaque type that nothing can print. The bytes leave it in two places only: a header that base/http sends, and the
 * standard input of a program.
 *
 * Every secret that lives is known to secret_redact, which stands last before every sink (errors, screen, journal, logs, JSON): it replaces the secret as it
 * is, percent-encoded, in base64 (at each of its three offsets), in hexadecimal, as JSON, C and HTML escape it, in any mixture of these and over the ends of
 * lines. What has less than 6 bytes is not replaced: it would tear words. It is the last line, not the first: no secret is given to anything that prints. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Secret Secret;

/* Copies, and is known to secret_redact until it is freed and ever after (a late line must not show it). Blanks at both ends are not part of it. NULL: there
 * is nothing, or something that cannot stand in a header (control bytes), or more than 64 KiB. */
Secret *secret_new(const char *text, gsize length);
Secret *secret_ref(Secret *secret);
void secret_unref(Secret *secret); /* the last one wipes the bytes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, secret_unref)

bool secret_equal(const Secret *a, const Secret *b); /* either may be NULL */

/* "NAME: SCHEME SECRET" (scheme NULL or "": without it) for a request; wipe with secret_wipe. */
char *secret_header(const Secret *secret, const char *name, const char *scheme);
void secret_wipe(char *text); /* overwrites and frees; NULL is fine */

/* The text with each known secret replaced by "***". NULL when there is none in it: the text may be shown as it is. g_free. */
char *secret_redact(const char *text);
/* Has there been any secret? Until then nothing need be looked at. */
bool secret_is_known(void);
