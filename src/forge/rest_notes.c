/* The mark in the notes. */
#include "forge/rest.h"

#include <string.h>

#define BEGIN "<!-- "
#define END " -->"
#define MARK "slipway:"
#define MAX_MARK 200
#define WITHDRAWN " withdrawn"
#define BANNER "> **This release was withdrawn: do not use it.**\n\n"

/* Forges and their pages turn the ends of lines into CR LF. */
static char *plain_lines(const char *text) {
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p != '\r' || p[strspn(p, "\r")] != '\n')
            g_string_append_c(out, *p);
    }
    return g_string_free(out, FALSE);
}

static bool is_mark(const char *text, gsize length) {
    if (length <= strlen(MARK) || length > MAX_MARK || !g_str_has_prefix(text, MARK))
        return false;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && strchr(":._+-/", text[i]) == NULL)
            return false;
    }
    return true;
}

/* Reads "<!-- MARK[ withdrawn[ prerelease]] -->". */
static bool read_line(const char *line, RestNotes *notes) {
    gsize length = strlen(line);
    if (!g_str_has_prefix(line, BEGIN) || !g_str_has_suffix(line, END) || length < strlen(BEGIN) + strlen(END))
        return false;
    g_autofree char *inner = g_strndup(line + strlen(BEGIN), length - strlen(BEGIN) - strlen(END));
    gsize mark = strcspn(inner, " ");
    const char *rest = inner + mark;
    bool withdrawn = g_str_equal(rest, WITHDRAWN " stable") || g_str_equal(rest, WITHDRAWN " prerelease");
    if (!is_mark(inner, mark) || (*rest != '\0' && !withdrawn))
        return false;
    notes->mark = g_strndup(inner, mark);
    notes->withdrawn = withdrawn;
    notes->was_prerelease = withdrawn && g_str_has_suffix(rest, " prerelease");
    return true;
}

void rest_notes_parse(const char *body, RestNotes *notes) {
    *notes = (RestNotes){0};
    g_autofree char *text = plain_lines(body != NULL ? body : "");
    g_autofree char *trimmed = g_strchomp(g_strdup(text));
    char *line = strrchr(trimmed, '\n');
    line = line != NULL ? line + 1 : trimmed;
    if (!read_line(line, notes)) {
        notes->notes = g_steal_pointer(&text);
        return;
    }
    *line = '\0';
    if (g_str_has_suffix(trimmed, "\n\n"))
        trimmed[strlen(trimmed) - 2] = '\0';
    bool banner = notes->withdrawn && g_str_has_prefix(trimmed, BANNER);
    notes->notes = g_strdup(trimmed + (banner ? strlen(BANNER) : 0));
}

void rest_notes_clear(RestNotes *notes) {
    g_clear_pointer(&notes->mark, g_free);
    g_clear_pointer(&notes->notes, g_free);
}

char *rest_notes_write(const RestNotes *notes) {
    const char *text = notes->notes != NULL ? notes->notes : "";
    const char *was = !notes->withdrawn ? "" : notes->was_prerelease ? WITHDRAWN " prerelease" : WITHDRAWN " stable";
    const char *banner = notes->withdrawn ? BANNER : "";
    if (notes->mark == NULL)
        return g_strconcat(banner, text, NULL);
    return g_strconcat(banner, text, *text != '\0' || notes->withdrawn ? "\n\n" : "", BEGIN, notes->mark, was, END, "\n", NULL);
}
