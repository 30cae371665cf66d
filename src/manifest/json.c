#include "manifest/json.h"

#include <string.h>

#define DEPTH_LIMIT 200
#define PATH_LIMIT 4096 /* nobody asks for longer ones, and to compare them for each value would be quadratic */

typedef struct {
    const char *text;
    gsize length, at;
    GString *path;
    bool (*visit)(const JsonValue *value, void *data);
    void *data;
    bool stopped;
} Json;

static bool read_value(Json *json, guint depth);

static char peek(const Json *json) {
    return json->at < json->length ? json->text[json->at] : '\0';
}

static void skip_blanks(Json *json) {
    while (json->at < json->length && strchr(" \t\r\n", json->text[json->at]) != NULL && json->text[json->at] != '\0')
        json->at++;
}

static bool take(Json *json, char c) {
    if (json->at >= json->length || json->text[json->at] != c)
        return false;
    json->at++;
    return true;
}

/* A backslash and what may follow it. */
static bool is_escape(const Json *json) {
    if (json->at + 1 >= json->length || json->text[json->at + 1] == '\0' || strchr("\"\\/bfnrtu", json->text[json->at + 1]) == NULL)
        return false;
    for (gsize i = 0; json->text[json->at + 1] == 'u' && i < 4; i++) {
        if (json->at + 2 + i >= json->length || !g_ascii_isxdigit(json->text[json->at + 2 + i]))
            return false;
    }
    return true;
}

/* From its opening quote on; *from and *to are its content's bounds. */
static bool read_string(Json *json, gsize *from, gsize *to) {
    if (!take(json, '"'))
        return false;
    *from = json->at;
    while (json->at < json->length) {
        char c = json->text[json->at];
        if (c == '"') {
            *to = json->at++;
            return true;
        }
        if ((guchar)c < 0x20 || (c == '\\' && !is_escape(json)))
            return false;
        json->at += c == '\\' ? 2 : 1;
    }
    return false;
}

static void tell(Json *json, gsize from, gsize to, bool is_string) {
    if (json->path->len > PATH_LIMIT)
        return;
    JsonValue value = {.path = json->path->str, .offset = from, .length = to - from, .is_string = is_string};
    json->stopped = !json->visit(&value, json->data);
}

static gsize digits(const char *text, gsize length, gsize at) {
    gsize count = 0;
    while (at + count < length && g_ascii_isdigit(text[at + count]))
        count++;
    return count;
}

static bool is_number(const char *text, gsize length) {
    gsize at = length > 0 && *text == '-' ? 1 : 0, whole = digits(text, length, at);
    if (whole == 0 || (whole > 1 && text[at] == '0'))
        return false;
    at += whole;
    if (at < length && text[at] == '.') {
        gsize fraction = digits(text, length, at + 1);
        if (fraction == 0)
            return false;
        at += fraction + 1;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        gsize sign = at + 1 < length && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0, power = digits(text, length, at + 1 + sign);
        if (power == 0)
            return false;
        at += 1 + sign + power;
    }
    return at == length;
}

static bool is_word(const char *text, gsize length) {
    return (length == 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) || (length == 5 && memcmp(text, "false", 5) == 0);
}

static bool read_literal(Json *json) {
    gsize from = json->at;
    while (json->at < json->length && (g_ascii_isalnum(json->text[json->at]) || strchr("+-.", json->text[json->at]) != NULL) && json->text[json->at] != '\0')
        json->at++;
    gsize size = json->at - from;
    if (!is_word(json->text + from, size) && !is_number(json->text + from, size))
        return false;
    tell(json, from, json->at, false);
    return true;
}

static bool read_member(Json *json, guint depth) {
    gsize from = 0, to = 0, before = json->path->len;
    skip_blanks(json);
    if (!read_string(json, &from, &to))
        return false;
    if (depth > 1)
        g_string_append_c(json->path, '\n');
    g_string_append_len(json->path, json->text + from, (gssize)(to - from));
    skip_blanks(json);
    bool read = take(json, ':') && read_value(json, depth);
    g_string_truncate(json->path, before);
    return read;
}

static bool read_item(Json *json, guint depth) {
    gsize before = json->path->len;
    g_string_append(json->path, depth > 1 ? "\n[]" : "[]");
    bool read = read_value(json, depth);
    g_string_truncate(json->path, before);
    return read;
}

static bool read_many(Json *json, char close, bool (*read)(Json *json, guint depth), guint depth) {
    json->at++;
    skip_blanks(json);
    if (take(json, close))
        return true;
    while (read(json, depth + 1)) {
        skip_blanks(json);
        if (json->stopped || take(json, close))
            return true;
        if (!take(json, ','))
            return false;
    }
    return json->stopped;
}

static bool read_value(Json *json, guint depth) {
    gsize from = 0, to = 0;
    if (depth > DEPTH_LIMIT || json->stopped)
        return json->stopped;
    skip_blanks(json);
    if (peek(json) == '{')
        return read_many(json, '}', read_member, depth);
    if (peek(json) == '[')
        return read_many(json, ']', read_item, depth);
    if (peek(json) != '"')
        return read_literal(json);
    if (!read_string(json, &from, &to))
        return false;
    tell(json, from, to, true);
    return true;
}

bool json_walk(const char *text, gsize length, bool (*visit)(const JsonValue *value, void *data), void *data, guint *line) {
    bool marked = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    Json json = {.text = text, .length = length, .at = marked ? 3 : 0, .path = g_string_new(NULL), .visit = visit, .data = data};
    bool read = read_value(&json, 0);
    skip_blanks(&json);
    read = read && (json.stopped || json.at == length);
    *line = 1;
    for (gsize i = 0; i < MIN(json.at, length); i++)
        *line += text[i] == '\n' ? 1 : 0;
    g_string_free(json.path, TRUE);
    return read;
}
