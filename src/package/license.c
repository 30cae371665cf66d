/* License expressions (packaging.python.org "license expression", PEP 639) and what stands beside them. */
#include "package/metadata.h"

#include <string.h>

/* Far beyond any real one. */
#define MAX_LENGTH 4096
#define MAX_DEPTH 30

typedef struct {
    const char *id;
    bool deprecated;
} Id;

static const Id licenses[] = {
#define SPDX_LICENSE(id, deprecated) {id, deprecated},
#define SPDX_EXCEPTION(id, deprecated)
#include "package/spdx.def"
#undef SPDX_LICENSE
#undef SPDX_EXCEPTION
};

static const Id exceptions[] = {
#define SPDX_LICENSE(id, deprecated)
#define SPDX_EXCEPTION(id, deprecated) {id, deprecated},
#include "package/spdx.def"
#undef SPDX_LICENSE
#undef SPDX_EXCEPTION
};

typedef struct {
    char **tokens; /* words and parentheses */
    guint at;
    guint depth;
    GString *out;
    const char *deprecated;
    char *problem;
} Reader;

static const Id *find(const Id *ids, gsize count, const char *word) {
    for (gsize i = 0; i < count; i++) {
        if (g_ascii_strcasecmp(ids[i].id, word) == 0)
            return &ids[i];
    }
    return NULL;
}

static bool G_GNUC_PRINTF(2, 3) fail(Reader *reader, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (reader->problem == NULL)
        reader->problem = g_strdup_vprintf(format, args);
    va_end(args);
    return false;
}

static const char *shown(const char *token) {
    return token != NULL ? token : "the end";
}

static bool is_word(const char *token, const char *word) {
    return token != NULL && g_ascii_strcasecmp(token, word) == 0;
}

static bool is_reserved(const char *token) {
    static const char *const words[] = {"and", "or", "with", "(", ")"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (is_word(token, words[i]))
            return true;
    }
    return token == NULL;
}

static void put(Reader *reader, const char *word) {
    bool open = reader->out->len == 0 || reader->out->str[reader->out->len - 1] == '(';
    g_string_append_printf(reader->out, "%s%s", open || strcmp(word, ")") == 0 ? "" : " ", word);
}

static void put_id(Reader *reader, const Id *id, const char *suffix) {
    g_autofree char *word = g_strconcat(id->id, suffix, NULL);
    put(reader, word);
    if (id->deprecated && reader->deprecated == NULL)
        reader->deprecated = id->id;
}

#define REF "LicenseRef-"

static bool take_reference(Reader *reader, const char *token) {
    const char *name = token + strlen(REF);
    bool right = *name != '\0';
    for (const char *c = name; *c != '\0'; c++)
        right = right && (g_ascii_isalnum(*c) || *c == '.' || *c == '-');
    if (!right)
        return fail(reader, "\"%.100s\" is not LicenseRef- and letters, digits, \".\" or \"-\"", token);
    g_autofree char *word = g_strconcat(REF, name, NULL);
    put(reader, word);
    return true;
}

static bool take_exception(Reader *reader) {
    put(reader, "WITH");
    const char *token = reader->tokens[++reader->at];
    if (is_reserved(token))
        return fail(reader, "an exception is expected before %.100s", shown(token));
    const Id *id = find(exceptions, G_N_ELEMENTS(exceptions), token);
    if (id == NULL)
        return fail(reader, "SPDX has no exception \"%.100s\"", token);
    put_id(reader, id, "");
    reader->at++;
    return true;
}

static bool take_license(Reader *reader) {
    const char *token = reader->tokens[reader->at];
    if (is_reserved(token))
        return fail(reader, "a license is expected before %.100s", shown(token));
    if (g_ascii_strncasecmp(token, REF, strlen(REF)) == 0) {
        if (!take_reference(reader, token))
            return false;
    } else {
        g_autofree char *name = g_strdup(token);
        bool later = g_str_has_suffix(name, "+");
        const Id *id = find(licenses, G_N_ELEMENTS(licenses), name);
        if (id == NULL && later) {
            name[strlen(name) - 1] = '\0';
            id = find(licenses, G_N_ELEMENTS(licenses), name);
        } else {
            later = false;
        }
        if (id == NULL)
            return fail(reader, "SPDX has no license \"%.100s\"", token);
        put_id(reader, id, later ? "+" : "");
    }
    reader->at++;
    return !is_word(reader->tokens[reader->at], "with") || take_exception(reader);
}

static bool take_expression(Reader *reader);

static bool take_term(Reader *reader) {
    if (!is_word(reader->tokens[reader->at], "("))
        return take_license(reader);
    if (++reader->depth > MAX_DEPTH)
        return fail(reader, "it has too many parentheses within parentheses");
    put(reader, "(");
    reader->at++;
    if (!take_expression(reader))
        return false;
    if (!is_word(reader->tokens[reader->at], ")"))
        return fail(reader, "a closing parenthesis is expected before %.100s", shown(reader->tokens[reader->at]));
    put(reader, ")");
    reader->at++;
    reader->depth--;
    return true;
}

static bool take_expression(Reader *reader) {
    while (take_term(reader)) {
        const char *token = reader->tokens[reader->at];
        if (!is_word(token, "and") && !is_word(token, "or"))
            return true;
        put(reader, is_word(token, "and") ? "AND" : "OR");
        reader->at++;
    }
    return false;
}

static char **split(const char *text) {
    g_autoptr(GString) spaced = g_string_new(text);
    g_string_replace(spaced, "(", " ( ", 0);
    g_string_replace(spaced, ")", " ) ", 0);
    g_auto(GStrv) parts = g_strsplit_set(spaced->str, " \t\n\r", -1);
    GStrvBuilder *words = g_strv_builder_new();
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0')
            g_strv_builder_add(words, parts[i]);
    }
    char **tokens = g_strv_builder_end(words);
    g_strv_builder_unref(words);
    return tokens;
}

char *package_license_problem(const char *text, char **canonical, const char **deprecated) {
    if (strlen(text) > MAX_LENGTH)
        return g_strdup_printf("it is longer than %d bytes", MAX_LENGTH);
    g_auto(GStrv) tokens = split(text);
    g_autoptr(GString) out = g_string_new(NULL);
    Reader reader = {.tokens = tokens, .out = out};
    if (take_expression(&reader) && tokens[reader.at] != NULL)
        (void)fail(&reader, "AND or OR is expected before %.100s", shown(tokens[reader.at]));
    if (deprecated != NULL)
        *deprecated = reader.deprecated;
    if (canonical != NULL)
        *canonical = reader.problem == NULL ? g_strdup(out->str) : NULL;
    return reader.problem;
}

void package_field_license_expression(Metadata *metadata, const PackageField *field, const char *value) {
    g_autofree char *canonical = NULL;
    const char *deprecated = NULL;
    g_autofree char *problem = package_license_problem(value, &canonical, &deprecated);
    if (problem != NULL)
        package_report(metadata->package, PACKAGE_CHECK_LICENSE_EXPRESSION, "%s:%u: License-Expression \"%.200s\": %s", metadata->where, field->line, value,
                       problem);
    else if (canonical != NULL && strcmp(canonical, value) != 0)
        package_report(metadata->package, PACKAGE_CHECK_LICENSE_CASE, "%s:%u: License-Expression \"%.200s\" is written %.200s", metadata->where, field->line,
                       value, canonical);
    if (problem == NULL && deprecated != NULL)
        package_report(metadata->package, PACKAGE_CHECK_LICENSE_DEPRECATED, "%s:%u: SPDX calls the license %s deprecated", metadata->where, field->line,
                       deprecated);
}

/* ---- License-File ---- */

static const char *path_problem(const char *path) {
    if (strstr(path, "..") != NULL)
        return "may not have ..";
    if (strchr(path, '*') != NULL)
        return "is a pattern; the files it stands for are to be named";
    if (path[0] == '/' || (g_ascii_isalpha(path[0]) && path[1] == ':'))
        return "is not relative";
    return strchr(path, '\\') != NULL ? "has \\ where / is meant" : NULL;
}

void package_field_license_file(Metadata *metadata, const PackageField *field, const char *value) {
    if (metadata->version < 24)
        return;
    const char *problem = *value == '\0' ? "is empty" : path_problem(value);
    g_autofree char *path = g_strconcat(metadata->licenses, value, NULL);
    if (problem != NULL)
        package_report(metadata->package, PACKAGE_CHECK_LICENSE_PATH, "%s:%u: License-File \"%.200s\" %s", metadata->where, field->line, value, problem);
    else if (!g_hash_table_contains(metadata->members->by_path, path))
        package_report(metadata->package, PACKAGE_CHECK_LICENSE_FILE_MISSING, "%s:%u: License-File %.200s is not there as %.300s", metadata->where, field->line,
                       value, path);
}

void package_check_licenses(Metadata *metadata) {
    if (package_headers_get(metadata->headers, "License-Expression", NULL) == NULL)
        return;
    if (package_headers_get(metadata->headers, "License", NULL) != NULL)
        package_report(metadata->package, PACKAGE_CHECK_LICENSE_BOTH, "%s has a License and a License-Expression; one is allowed", metadata->where);
    guint at = 0;
    const PackageField *field;
    while ((field = package_headers_get(metadata->headers, "Classifier", &at)) != NULL) {
        if (g_str_has_prefix(field->value, "License ::")) {
            package_report(metadata->package, PACKAGE_CHECK_LICENSE_CLASSIFIER, "%s:%u: beside a License-Expression no classifier %.100s should stand",
                           metadata->where, field->line, field->value);
            return;
        }
    }
}
