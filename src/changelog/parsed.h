/* Shared by the files of changelog/. */
#pragma once

#include "changelog/changelog.h"
#include "changelog/lines.h"

struct Changelog {
    GBytes *bytes;
    char *path;
    const char *text; /* borrowed from bytes */
    gsize length;
    GArray *lines;       /* of Line */
    GArray *definitions; /* of Definition */
    GPtrArray *sections;
    GHashTable *by_label;   /* key of a label → its first Definition */
    GHashTable *by_version; /* → its first section */
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
char *changelog_heading(const ChangelogSection *like, const Changelog *changelog, const char *text, const char *newline);
const ChangelogSection *changelog_newest(const Changelog *changelog); /* the first with a version; NULL: none */
/* …/compare/BASE..[.]HEAD taken apart. Where the forge has the newer one first, *reversed, and base is the older one all the same. */
typedef struct {
    char *prefix, *base, *dots, *head;
    bool reversed;
} Compare;
bool changelog_split_compare(const char *url, Compare *compare);
void changelog_compare_clear(Compare *compare);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Compare, changelog_compare_clear)
char *changelog_join_compare(const Compare *like, const char *base, const char *head);
/* Where a text names a version, not as a part of another one; NULL: nowhere. */
const char *changelog_find_version(const char *text, const char *version);
/* The address for a version made out of another one's: its comparison begins at `previous`. NULL: that one names no version. g_free. */
typedef struct {
    const char *url, *version;
} Model;
char *changelog_url_like(const Model *model, const char *previous, const char *version);
/* The line end that something put at this place gets: that of the line before, or else of its neighbours. */
const char *changelog_newline(const Changelog *changelog, gsize offset);
/* Behind the last line between two places that is neither blank nor a definition; `from`: there is none. */
gsize changelog_end_of_text(const Changelog *changelog, gsize from, gsize to);
/* Index of the first line that does not begin before this offset. */
guint changelog_line_at(const Changelog *changelog, gsize offset);
/* The definition that counts for this label; NULL: none. */
const Definition *changelog_definition(const Changelog *changelog, const char *label);
