#include "package/metadata.h"

#include <string.h>

/* Nobody writes as many; a hostile file could have millions. */
#define MAX_FIELDS 20000

static void field_free(PackageField *field) {
    g_free(field->name);
    g_free(field->value);
    g_free(field);
}

void package_headers_free(PackageHeaders *headers) {
    if (headers == NULL)
        return;
    g_ptr_array_unref(headers->fields);
    g_free(headers);
}

/* A line ends with LF, CR LF or a CR alone. */
static const char *behind_line(const char *line) {
    const char *end = line + strcspn(line, "\r\n");
    if (end[0] == '\r' && end[1] == '\n')
        return end + 2;
    return *end != '\0' ? end + 1 : end;
}

static bool is_end(const char *line) {
    return *line == '\0' || *line == '\n' || *line == '\r';
}

static bool is_folded(const char *line) {
    return *line == ' ' || *line == '\t';
}

/* Visible ASCII up to a colon. */
static gsize name_length(const char *line) {
    gsize length = 0;
    while (line[length] > ' ' && line[length] < 0x7f && line[length] != ':')
        length++;
    return line[length] == ':' ? length : 0;
}

/* From behind the colon to before `end`, with lone and doubled line ends as "\n". */
static char *value_between(const char *from, const char *end) {
    from += strspn(from, " \t");
    GString *out = g_string_sized_new(from < end ? (gsize)(end - from) : 0);
    for (const char *c = from; c < end; c++) {
        bool pair = c[0] == '\r' && c + 1 < end && c[1] == '\n';
        if (!pair)
            g_string_append_c(out, *c == '\r' ? '\n' : *c);
    }
    while (out->len > 0 && out->str[out->len - 1] == '\n')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

/* Adds the field that begins at `line`; returns behind its last line. */
static const char *take_field(PackageHeaders *headers, const char *line, gsize name, guint *number) {
    PackageField *field = g_new0(PackageField, 1);
    field->line = *number;
    const char *end = behind_line(line);
    (*number)++;
    for (; is_folded(end); (*number)++)
        end = behind_line(end);
    field->name = g_strndup(line, name);
    field->value = value_between(line + name + 1, end);
    g_ptr_array_add(headers->fields, field);
    return end;
}

PackageHeaders *package_headers_parse(const char *text) {
    PackageHeaders *headers = g_new0(PackageHeaders, 1);
    headers->fields = g_ptr_array_new_with_free_func((GDestroyNotify)field_free);
    const char *line = text;
    guint number = 1;
    while (!is_end(line)) {
        gsize name = name_length(line);
        headers->too_many = headers->fields->len >= MAX_FIELDS;
        if (name == 0)
            headers->broken_line = number;
        if (name == 0 || headers->too_many)
            break;
        line = take_field(headers, line, name, &number);
    }
    headers->body = is_end(line) ? behind_line(line) : line;
    return headers;
}

const PackageField *package_headers_get(const PackageHeaders *headers, const char *name, guint *at) {
    for (guint i = at != NULL ? *at : 0; i < headers->fields->len; i++) {
        const PackageField *field = headers->fields->pdata[i];
        if (g_ascii_strcasecmp(field->name, name) != 0)
            continue;
        if (at != NULL)
            *at = i + 1;
        return field;
    }
    return NULL;
}
