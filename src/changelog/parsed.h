/* Shared by the files of changelog/. */
#pragma once

#include "changelog/changelog.h"
#include "changelog/lines.h"

struct Changelog {
    GBytes *bytes;
    char *path;
    const char *text; /* borrowed from bytes */
    gsize length;
    GArray *lines; /* of Line */
    GPtrArray *sections;
};

/* The text of the heading in this line (from 1), without #s and blanks; *offset is where it begins in the file. g_free. */
char *changelog_heading_text(const Changelog *changelog, guint line, gsize *offset);
/* Edits are byte ranges to be replaced; applied in the order of their places. */
GArray *changelog_edits_new(void);
void changelog_add_edit(GArray *edits, gsize offset, gsize length, const char *text);
GBytes *changelog_apply(const Changelog *changelog, GArray *edits);
/* '=' or '-' under a section's heading; 0: it is an ATX heading. */
char changelog_underline(const Changelog *changelog, const ChangelogSection *section);
/* A heading of this text, of the level and kind of another section (NULL: "## …"), with its line end. g_free. */
char *changelog_heading(const Changelog *changelog, const ChangelogSection *like, const char *text);
/* …/compare/BASE..[.]HEAD taken apart. */
bool changelog_split_compare(const char *url, char **prefix, char **base, char **dots, char **head);
/* The address for a new version out of an older one's; NULL: the older one's names no version. g_free. */
char *changelog_next_url(const char *url, const char *version, const char *next);
const char *changelog_newline(const Changelog *changelog); /* the file's first line end, "\n" without any */
