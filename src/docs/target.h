/* What a link's target is, and where a relative one leads. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    DOCS_TARGET_PATH,  /* in the repository */
    DOCS_TARGET_WEB,   /* http:// or https:// */
    DOCS_TARGET_FORGE, /* a page of the forge above the repository's files: ../../issues */
    DOCS_TARGET_OTHER, /* mailto:, a template, … */
    DOCS_TARGET_OUT,   /* out of the repository */
    DOCS_TARGET_BAD    /* no valid address */
} DocsTargetKind;

typedef struct {
    DocsTargetKind kind;
    char *path;     /* of PATH: relative to the repository's top, without "." and ".."; "" is the top. Of WEB: the address without its fragment */
    char *fragment; /* decoded, without '#'; NULL: none */
    bool folder;    /* ends in a slash */
    bool top;       /* began with a slash */
} DocsTarget;

/* from: path of the page, relative to the top; top: what "/" means ("" the repository, "docs" a site). */
void docs_target_read(const char *target, const char *from, const char *top, DocsTarget *result);
void docs_target_clear(DocsTarget *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DocsTarget, docs_target_clear)
