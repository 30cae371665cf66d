/* Versions in texts that are no manifests: files called after the version, and instructions to install. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Larger files are no such texts. */
#define MENTIONS_LIMIT (512u << 10)

typedef struct {
    char *value;
    guint line, column; /* from 1 */
} Mention;

bool docs_mentions_is_doc(const char *path); /* README, INSTALL, docs/ in Markdown or reST */
bool docs_mentions_is_version_file(
    const char *path); /* its name has "version" in it, or it stands at the top and no program writes it (lerna.json, Makefile) */
bool docs_mentions_is_version_alone(const char *path); /* its name is version, whatever its ending: version.go, Version.java */

/* N.N.N in lines that say "version". Of Mention*. */
GPtrArray *docs_mentions_by_word(GBytes *bytes);
/* NAME==N.N.N, NAME@N.N.N, NAME:N.N.N, NAME = "N.N.N", NAME-N.N.N and their kin. names: NULL-ended. Of Mention*. */
GPtrArray *docs_mentions_by_name(GBytes *bytes, const char *const *names);
