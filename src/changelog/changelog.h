/* Changelogs in Markdown (keepachangelog.com 1.1.0 and 2.0.0, and the usual deviations), read and edited losslessly: what is not changed stays byte for byte.
 * Pure.
 *
 * cmark-gfm says which lines are headings, code or HTML (GFM 0.29); byte ranges and link definitions come from a line index of our own. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Changelog Changelog;

/* One version's section. Offsets are bytes of the file. */
typedef struct {
    char *label;     /* as written: "Unreleased", "v1.0.0" */
    char *version;   /* bare, "1.0.0"; NULL: what is not released yet */
    char *planned;   /* the version that what is not released is to be, "1.2.0 (unreleased)"; NULL: none is named */
    char *date;      /* ISO; NULL: none, or none that exists */
    char *date_text; /* as written; NULL: none */
    char *url;       /* of an inline link; NULL: none */
    bool brackets;   /* [1.0.0], the reference of a link definition */
    bool yanked;
    guint level;          /* of the heading, 1 to 6 */
    gsize heading_offset; /* first byte of the heading */
    gsize body_offset;    /* first byte behind the heading's line(s) */
    gsize end_offset;     /* first byte that is no more of it */
    guint line;           /* of the heading, from 1 */
} ChangelogSection;

/* Errors: PARSE with path:line (invalid UTF-8, NUL), TOO_LARGE beyond 16 MiB. Keeps a reference to bytes. */
Changelog *changelog_parse(GBytes *bytes, const char *path, GError **error);
void changelog_free(Changelog *changelog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Changelog, changelog_free)

const GPtrArray *changelog_sections(const Changelog *changelog);          /* of ChangelogSection*, as they stand */
const ChangelogSection *changelog_unreleased(const Changelog *changelog); /* the first that is not planned as a version, or else the first; NULL: none */
const ChangelogSection *changelog_find(const Changelog *changelog, const char *version); /* NULL: none */
/* The Markdown below a heading, without link definitions and blank lines around it. g_free. */
char *changelog_body(const Changelog *changelog, const ChangelogSection *section);
/* No text but headings. */
bool changelog_section_is_empty(const Changelog *changelog, const ChangelogSection *section);
/* Still (partly) what changelog_add_placeholder wrote; *line is the first such line. */
bool changelog_section_is_placeholder(const Changelog *changelog, const ChangelogSection *section, guint *line);

typedef struct {
    const char *tag; /* of the new version, "v1.1.0" */
} ChangelogLinks;

/* What is not released (of several sections: the one planned as this version, else changelog_unreleased) becomes the version's section, a fresh empty one
 * above; its link definition too, in the file's own style. links may be NULL: none are touched. Errors: CHANGELOG if the version has a section, or if two
 * sections could be meant; NOTHING_TO_RELEASE if there is no Unreleased or it is empty. */
GBytes *changelog_release(const Changelog *changelog, const char *version, const char *date, const ChangelogLinks *links, GError **error);
/* A section to be filled in, with its link definition where the file's own ones say what it is. changelog NULL: a whole new file. Error CHANGELOG if the
 * version has a section. */
GBytes *changelog_add_placeholder(const Changelog *changelog, const char *version, const char *date, GError **error);

/* The sub-headings of a body in order; text before the first has title NULL. */
typedef struct {
    char *title, *body;
} ChangelogGroup;
GPtrArray *changelog_groups(const char *body); /* of ChangelogGroup* */
