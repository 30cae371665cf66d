/* docs.versions: instructions in docs that name an older version of this project ("pip install tool==1.0.0"). */
#pragma once

#include "docs/tree.h"

typedef struct {
    const char *root;
    const GPtrArray *files;   /* of char*: those that are to be looked at */
    const char *const *names; /* of the packages of this project, NULL-ended */
    const char *version;      /* what is not below it is fine: the release's, else the newest there is */
    const gint *cancel;
} DocsVersions;

/* Of DocsFinding*, in the order of files and lines. BAD_VERSION for `version`. */
GPtrArray *docs_versions(const DocsVersions *versions, GError **error);
