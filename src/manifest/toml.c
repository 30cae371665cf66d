#include "manifest/toml.h"

#include <string.h>

#define DEPTH_LIMIT 64
#define PATH_LIMIT 1024 /* each value's path is made anew: long ones would make reading quadratic */

typedef struct {
    const char *text;
    gsize length, at;
    GString *table;
    bool (*visit)(const TomlValue *value, void *data);
    void *data;
    bool stopped;
} Toml;

static bool read_value(Toml *toml, const char *path, guint depth);

static char peek(const Toml *toml, gsize ahead) {
    return toml->at + ahead < toml->length ? toml->text[toml->at + ahead] : '\0';
}

static bool ended(const Toml *toml) {
    return toml->at >= toml->length;
}

static void skip_blanks(Toml *toml) {
    while (!ended(toml) && (peek(toml, 0) == ' ' || peek(toml, 0) == '\t' || peek(toml, 0) == '\r'))
        toml->at++;
}

static void skip_line(Toml *toml) {
    while (!ended(toml) && peek(toml, 0) != '\n')
        toml->at++;
}

/* Blanks, line ends and comments: what may stand between the items of an array. */
static void skip_space(Toml *toml) {
    while (!ended(toml)) {
        skip_blanks(toml);
        if (peek(toml, 0) == '#')
            skip_line(toml);
        else if (peek(toml, 0) == '\n')
            toml->at++;
        else
            break;
    }
}

/* A string from its opening quote on; *from and *to are its content's bounds. */
static bool read_string(Toml *toml, gsize *from, gsize *to, bool *single_line) {
    char quote = peek(toml, 0);
    bool multi = peek(toml, 1) == quote && peek(toml, 2) == quote;
    toml->at += multi ? 3 : 1;
    *from = toml->at;
    *single_line = !multi;
    while (!ended(toml)) {
        char c = peek(toml, 0);
        if (c == '\\' && quote == '"') {
            toml->at += 2;
            continue;
        }
        bool closes = c == quote && (!multi || (peek(toml, 1) == quote && peek(toml, 2) == quote));
        if (closes) {
            *to = toml->at;
            toml->at += multi ? 3 : 1;
            /* Up to two quotes may stand directly before the closing three. */
            while (multi && peek(toml, 0) == quote)
                toml->at++;
            return true;
        }
        if (c == '\n' && !multi)
            return false;
        toml->at++;
    }
    return false;
}

static bool is_bare(char c) {
    return g_ascii_isalnum(c) || c == '_' || c == '-';
}

/* One part of a key, appended to path. */
static bool read_part(Toml *toml, GString *path) {
    char c = peek(toml, 0);
    gsize from = toml->at, to = toml->at;
    if (c == '"' || c == '\'') {
        bool single_line = false;
        if (!read_string(toml, &from, &to, &single_line) || !single_line)
            return false;
        bool plain = memchr(toml->text + from, '.', to - from) == NULL;
        g_string_append_printf(path, plain ? "%.*s" : "\"%.*s\"", (int)(to - from), toml->text + from);
        return true;
    }
    while (is_bare(peek(toml, 0)))
        toml->at++;
    g_string_append_len(path, toml->text + from, (gssize)(toml->at - from));
    return toml->at > from;
}

static bool read_key(Toml *toml, GString *path) {
    for (;;) {
        skip_blanks(toml);
        if (!read_part(toml, path) || path->len > PATH_LIMIT)
            return false;
        skip_blanks(toml);
        if (peek(toml, 0) != '.')
            return true;
        toml->at++;
        g_string_append_c(path, '.');
    }
}

static void report(Toml *toml, const TomlValue *value) {
    if (!toml->stopped)
        toml->stopped = !toml->visit(value, toml->data);
}

static bool read_pair(Toml *toml, const char *table, guint depth) {
    g_autoptr(GString) path = g_string_new(table);
    if (path->len > 0)
        g_string_append_c(path, '.');
    if (!read_key(toml, path) || peek(toml, 0) != '=')
        return false;
    toml->at++;
    skip_blanks(toml);
    return read_value(toml, path->str, depth);
}

static bool read_inline_table(Toml *toml, const char *path, guint depth) {
    toml->at++;
    for (;;) {
        skip_space(toml);
        if (peek(toml, 0) == '}')
            break;
        if (!read_pair(toml, path, depth + 1))
            return false;
        skip_space(toml);
        if (peek(toml, 0) == ',')
            toml->at++;
        else if (peek(toml, 0) != '}')
            return false;
    }
    toml->at++;
    return true;
}

static bool read_array(Toml *toml, const char *path, guint depth) {
    g_autofree char *item = g_strconcat(path, "[]", NULL);
    toml->at++;
    for (;;) {
        skip_space(toml);
        if (peek(toml, 0) == ']')
            break;
        if (!read_value(toml, item, depth + 1))
            return false;
        skip_space(toml);
        if (peek(toml, 0) == ',')
            toml->at++;
        else if (peek(toml, 0) != ']')
            return false;
    }
    toml->at++;
    return true;
}

static bool read_plain(Toml *toml, const char *path) {
    gsize from = toml->at;
    while (!ended(toml) && strchr(",]}#\n\r", peek(toml, 0)) == NULL)
        toml->at++;
    gsize to = toml->at;
    while (to > from && (toml->text[to - 1] == ' ' || toml->text[to - 1] == '\t'))
        to--;
    TomlValue value = {.path = path, .offset = from, .length = to - from};
    report(toml, &value);
    return to > from;
}

static bool read_value(Toml *toml, const char *path, guint depth) {
    char c = peek(toml, 0);
    if (depth > DEPTH_LIMIT)
        return false;
    if (c == '{' || c == '[') {
        TomlValue value = {.path = path, .offset = toml->at};
        report(toml, &value);
        return c == '{' ? read_inline_table(toml, path, depth) : read_array(toml, path, depth);
    }
    if (c != '"' && c != '\'')
        return read_plain(toml, path);
    gsize from = 0, to = 0;
    bool single_line = false;
    if (!read_string(toml, &from, &to, &single_line))
        return false;
    TomlValue value = {.path = path, .offset = from, .length = to - from, .is_string = single_line};
    report(toml, &value);
    return true;
}

/* [table] or [[array of tables]] */
static bool read_header(Toml *toml) {
    bool array = peek(toml, 1) == '[';
    toml->at += array ? 2 : 1;
    g_string_truncate(toml->table, 0);
    if (!read_key(toml, toml->table) || peek(toml, 0) != ']' || (array && peek(toml, 1) != ']'))
        return false;
    toml->at += array ? 2 : 1;
    if (array)
        g_string_append(toml->table, "[]");
    TomlValue value = {.path = toml->table->str, .offset = toml->at};
    report(toml, &value);
    return true;
}

static bool read_line(Toml *toml) {
    bool read = peek(toml, 0) == '[' ? read_header(toml) : read_pair(toml, toml->table->str, 0);
    skip_blanks(toml);
    if (read && peek(toml, 0) == '#')
        skip_line(toml);
    return read && (ended(toml) || peek(toml, 0) == '\n');
}

static guint line_at(const Toml *toml) {
    guint line = 1;
    for (gsize i = 0; i < toml->at && i < toml->length; i++)
        line += toml->text[i] == '\n' ? 1 : 0;
    return line;
}

bool toml_walk(const char *text, gsize length, bool (*visit)(const TomlValue *value, void *data), void *data, guint *line) {
    g_autoptr(GString) table = g_string_new(NULL);
    Toml toml = {.text = text, .length = length, .table = table, .visit = visit, .data = data};
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        toml.at = 3;
    while (!toml.stopped) {
        skip_space(&toml);
        if (ended(&toml))
            return true;
        if (!read_line(&toml)) {
            *line = line_at(&toml);
            return false;
        }
    }
    return true;
}
