/* Versions of Python packages: PEP 440, now packaging.python.org, "Version specifiers". Pure.
 *
 * Numbers are decimal strings without leading zeros, of any length: the specification has no limit, and neither has packaging. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define PEP440_LENGTH_LIMIT 4096

typedef struct {
    char *epoch;            /* "0" where there is none */
    GPtrArray *release;     /* of char*, at least one */
    char *pre_word;         /* a, b or rc; NULL: none */
    char *pre, *post, *dev; /* numbers; NULL: none */
    GPtrArray *local;       /* of char*, lower case; NULL: none */
} Pep440;

/* With all the spellings that the specification normalises (v1.0, 1.0-ALPHA.1, 1.0-1, 1.0.post, " 1.0 "). BAD_VERSION. */
Pep440 *pep440_parse(const char *text, GError **error);
void pep440_free(Pep440 *version);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pep440, pep440_free)
char *pep440_to_string(const Pep440 *version); /* the normal form; g_free */
int pep440_compare(const Pep440 *a, const Pep440 *b);
bool pep440_is_prerelease(const Pep440 *version); /* a, b, rc or dev */
