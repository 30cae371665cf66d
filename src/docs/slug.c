#include "docs/slug.h"

#include <string.h>

/* "Alphabetic" of Unicode beyond letters: letter-like numbers and encircled letters. */
static bool is_kept(gunichar c) {
    switch (g_unichar_type(c)) {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_CONNECT_PUNCTUATION:
        return true;
    default:
        return c == '-' || (c >= 0x24b6 && c <= 0x24e9) || (c >= 0x1f130 && c <= 0x1f149) || (c >= 0x1f150 && c <= 0x1f169) || (c >= 0x1f170 && c <= 0x1f189);
    }
}

static bool is_letter(gunichar c) {
    return g_unichar_isalpha(c);
}

/* As JavaScript's toLowerCase: of no locale. */
static void append_lower(GString *out, const char *text, const char *p) {
    gunichar c = g_utf8_get_char(p);
    if (c >= 0x24b6 && c <= 0x24cf) { /* encircled: no letters to GLib */
        g_string_append_unichar(out, c + 26);
    } else if (c == 0x130) {
        g_string_append(out, "i\xcc\x87");
    } else if (c == 0x3a3) {
        const char *next = g_utf8_next_char(p);
        bool after = *next != '\0' && is_letter(g_utf8_get_char(next));
        bool before = p > text && is_letter(g_utf8_get_char(g_utf8_prev_char(p)));
        g_string_append_unichar(out, before && !after ? 0x3c2 : 0x3c3);
    } else {
        g_string_append_unichar(out, g_unichar_tolower(c));
    }
}

char *docs_slug(const char *text) {
    GString *out = g_string_sized_new(strlen(text));
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        if (g_ascii_isalnum(*p) || *p == '-' || *p == '_')
            g_string_append_c(out, g_ascii_tolower(*p));
        else if (*p == ' ' || *p == '\n')
            g_string_append_c(out, '-');
        else if ((guchar)*p >= 0x80 && is_kept(g_utf8_get_char(p)))
            append_lower(out, valid, p);
    }
    return g_string_free(out, FALSE);
}

char *docs_site_slug(const char *text) {
    GString *out = g_string_sized_new(strlen(text));
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *plain = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL);
    g_autofree char *inner = g_strstrip(g_strdup(plain));
    for (const char *p = inner; *p != '\0'; p++) {
        bool gap = g_ascii_isspace(*p) || *p == '-';
        if (g_ascii_isalnum(*p) || *p == '_')
            g_string_append_c(out, g_ascii_tolower(*p));
        else if (gap && (out->len == 0 || out->str[out->len - 1] != '-'))
            g_string_append_c(out, '-');
    }
    return g_string_free(out, FALSE);
}

void docs_slug_add(GHashTable *anchors, const char *slug, char divider) {
    g_autofree char *name = g_strdup(slug);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(anchors, slug));
    while (g_hash_table_contains(anchors, name)) {
        g_free(name);
        name = g_strdup_printf("%s%c%u", slug, divider, ++number);
    }
    if (number > 0)
        g_hash_table_insert(anchors, g_strdup(slug), GUINT_TO_POINTER(number));
    g_hash_table_insert(anchors, g_steal_pointer(&name), GUINT_TO_POINTER(0));
}
