/* MkDocs sites: what mkdocs.yml says of where pages lie and which are in its navigation. libfyaml reads it; tags such as !!python/name: and !ENV are passed
 * over. */
#pragma once

#include "docs/tree.h"

typedef struct {
    char *path; /* as written: relative to the folder of pages, or an address */
    guint line, column;
} DocsNavItem;

typedef struct {
    char *config;   /* path of mkdocs.yml */
    char *folder;   /* of its pages, relative to the repository; "": the top */
    GPtrArray *nav; /* of DocsNavItem* */
    bool autorefs;  /* a plugin defines labels: references without a definition may be its */
    char *problem;  /* why it could not be read; NULL: it was */
    guint problem_line;
} DocsSite;

bool docs_site_is_config(const char *path);
DocsSite *docs_site_read(const char *config, const char *text, gsize length);
void docs_site_free(DocsSite *site);
