/* What an answer's headers say. */
#include "base/clock.h"
#include "base/http_parts.h"

#include <string.h>

/* A longer wait than anybody means. */
#define MAX_WAIT (365 * 24 * G_GINT64_CONSTANT(3600))

void http_headers_add(GHashTable *headers, const char *line, gsize length) {
    const char *colon = memchr(line, ':', length);
    if (colon == NULL || colon == line)
        return;
    g_autofree char *raw = g_strndup(line, (gsize)(colon - line));
    g_autofree char *value = g_strstrip(g_strndup(colon + 1, length - (gsize)(colon + 1 - line)));
    char *name = g_strchomp(g_ascii_strdown(raw, -1));
    const char *before = g_hash_table_lookup(headers, name);
    char *joined = before != NULL ? g_strconcat(before, ", ", value, NULL) : g_steal_pointer(&value);
    g_hash_table_replace(headers, name, joined);
}

const char *http_header(const HttpAnswer *answer, const char *name) {
    return answer->headers != NULL ? g_hash_table_lookup(answer->headers, name) : NULL;
}

gint64 http_date(const char *text) {
    return text != NULL && g_ascii_isalpha(*text) ? (gint64)curl_getdate(text, NULL) : -1;
}

gint64 http_retry_after(const char *value, gint64 now) {
    guint64 seconds = 0;
    if (value == NULL)
        return -1;
    if (g_ascii_isdigit(*value))
        return g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &seconds, NULL) ? (gint64)MIN(seconds, (guint64)MAX_WAIT) : -1;
    gint64 when = http_date(value);
    return when < 0 ? -1 : CLAMP(when - now, 0, MAX_WAIT);
}

void http_answer_clear(HttpAnswer *answer) {
    g_clear_pointer(&answer->url, g_free);
    g_clear_pointer(&answer->headers, g_hash_table_unref);
    g_clear_pointer(&answer->body, g_bytes_unref);
}

/* ---- Link (RFC 8288) ---- */

static const char *skip_blanks(const char *p) {
    return p + strspn(p, " \t");
}

/* The end of a parameter's value; *value is without quotes. g_free. */
static const char *read_value(const char *p, char **value) {
    GString *out = g_string_new(NULL);
    if (*p != '"') {
        gsize length = strcspn(p, ";, \t");
        g_string_append_len(out, p, (gssize)length);
        p += length;
    } else {
        for (p++; *p != '\0' && *p != '"'; p++) {
            p += *p == '\\' && p[1] != '\0' ? 1 : 0;
            g_string_append_c(out, *p);
        }
        p += *p == '"' ? 1 : 0;
    }
    *value = g_string_free(out, FALSE);
    return p;
}

static bool names_relation(const char *value, const char *relation) {
    g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (g_ascii_strcasecmp(words[i], relation) == 0)
            return true;
    }
    return false;
}

/* The parameters behind one <address>: is it that of the relation? The first rel counts; a link with an anchor is about something else. */
static const char *read_parameters(const char *p, const char *relation, bool *wanted) {
    bool seen = false, anchored = false;
    *wanted = false;
    for (p = skip_blanks(p); *p == ';'; p = skip_blanks(p)) {
        p = skip_blanks(p + 1);
        gsize length = strcspn(p, "=;, \t");
        g_autofree char *name = g_strndup(p, length);
        g_autofree char *value = NULL;
        p = skip_blanks(p + length);
        if (*p == '=')
            p = read_value(skip_blanks(p + 1), &value);
        if (!seen && value != NULL && g_ascii_strcasecmp(name, "rel") == 0) {
            seen = true;
            *wanted = names_relation(value, relation);
        }
        anchored = anchored || g_ascii_strcasecmp(name, "anchor") == 0;
    }
    *wanted = *wanted && !anchored;
    return p;
}

char *http_link(const HttpAnswer *answer, const char *relation) {
    const char *p = http_header(answer, "link");
    while (p != NULL && *p != '\0') {
        const char *start = strchr(p, '<');
        const char *end = start != NULL ? strchr(start, '>') : NULL;
        bool wanted = false;
        if (end == NULL)
            return NULL;
        p = read_parameters(end + 1, relation, &wanted);
        g_autofree char *reference = g_strndup(start + 1, (gsize)(end - start - 1));
        if (wanted)
            return http_address_resolve(answer->url, reference);
    }
    return NULL;
}
