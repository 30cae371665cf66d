/* From YAML to typed values, by the rows of config.def. */
#include "base/beneath.h"
#include "base/fyx.h"
#include "base/limits.h"
#include "base/text.h"
#include "project/config.h"

#include <errno.h>
#include <string.h>

typedef struct {
    const char *where;
    GError **error;
} Reader;

static json_t *read_node(Reader *reader, struct fy_node *node, const char *path);

/* ---- errors with a place ---- */

static struct fy_node *first_scalar(struct fy_node *node) {
    while (node != NULL && !fy_node_is_scalar(node)) {
        if (fy_node_is_sequence(node))
            node = fy_node_sequence_get_by_index(node, 0);
        else
            node = fy_node_mapping_item_count(node) > 0 ? fy_node_pair_key(fy_node_mapping_get_by_index(node, 0)) : NULL;
    }
    return node;
}

static json_t *G_GNUC_PRINTF(3, 4) complain(Reader *reader, struct fy_node *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    struct fy_node *place = first_scalar(node);
    const struct fy_mark *mark = place != NULL ? fy_token_start_mark(fy_node_get_scalar_token(place)) : NULL;
    g_autofree char *shown = text_escape(text, -1, false);
    if (mark != NULL)
        error_set(reader->error, ERROR_CONFIG, "%s:%d:%d: %s", reader->where, mark->line + 1, mark->column + 1, shown);
    else
        error_set(reader->error, ERROR_CONFIG, "%s: %s", reader->where, shown);
    error_state(reader->error, "nothing was changed");
    return NULL;
}

static char *scalar_text(struct fy_node *node) {
    size_t length = 0;
    const char *text = fy_node_get_scalar(node, &length);
    return text != NULL ? g_strndup(text, length) : g_strdup("");
}

/* ---- which row a path is of ---- */

typedef enum { PATH_UNKNOWN, PATH_INNER, PATH_LEAF } PathKind;

static bool part_matches(const char *pattern, const char *part) {
    return g_str_equal(pattern, "*") || g_str_equal(pattern, part);
}

static PathKind match_row(const ConfigKey *key, char **parts) {
    g_auto(GStrv) pattern = g_strsplit(key->path, ".", -1);
    guint i = 0;
    for (; parts[i] != NULL; i++) {
        if (pattern[i] == NULL || !part_matches(pattern[i], parts[i]))
            return PATH_UNKNOWN;
    }
    return pattern[i] == NULL ? PATH_LEAF : PATH_INNER;
}

static PathKind kind_of(const char *path, const ConfigKey **row) {
    g_auto(GStrv) parts = g_strsplit(path, "\x1f", -1);
    guint count;
    const ConfigKey *keys = config_keys(&count);
    PathKind best = PATH_UNKNOWN;
    for (guint i = 0; i < count && best != PATH_LEAF; i++) {
        PathKind kind = match_row(&keys[i], parts);
        if (kind != PATH_UNKNOWN) {
            best = kind;
            *row = &keys[i];
        }
    }
    return best;
}

/* What may stand beside an unknown key: the names that rows have at that depth under the same parents. */
static GPtrArray *siblings(const char *parent) {
    g_auto(GStrv) above = g_strsplit(parent, "\x1f", -1);
    guint depth = *parent == '\0' ? 0 : g_strv_length(above);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    guint count;
    const ConfigKey *keys = config_keys(&count);
    for (guint i = 0; i < count; i++) {
        g_auto(GStrv) pattern = g_strsplit(keys[i].path, ".", -1);
        bool fits = g_strv_length(pattern) > depth;
        for (guint k = 0; fits && k < depth; k++)
            fits = part_matches(pattern[k], above[k]);
        if (fits && !g_str_equal(pattern[depth], "*"))
            g_ptr_array_add(names, g_strndup(pattern[depth], strcspn(pattern[depth], "[")));
    }
    g_ptr_array_add(names, NULL);
    return names;
}

static json_t *unknown_key(Reader *reader, struct fy_node *node, const char *parent, const char *name) {
    g_autoptr(GPtrArray) known = siblings(parent);
    const char *near = text_nearest(name, (const char *const *)known->pdata);
    complain(reader, node, "unknown key '%s'", name);
    if (near != NULL)
        error_fix(reader->error, "did you mean '%s'?", near);
    else
        error_fix(reader->error, "remove it; slipway config lists the keys");
    return NULL;
}

/* ---- values ---- */

/* Takes the value. NULL with the error where the row does not take it. */
static json_t *accepted(Reader *reader, struct fy_node *node, const ConfigKey *row, json_t *value) {
    g_autofree char *fix = NULL;
    g_autofree char *wrong = config_objection(row, value, &fix);
    if (wrong == NULL)
        return value;
    json_decref(value);
    complain(reader, node, "%s %s", row->path, wrong);
    if (fix != NULL)
        error_fix(reader->error, "%s", fix);
    return NULL;
}

/* Nothing: by itself. */
static json_t *read_path(Reader *reader, struct fy_node *node, const ConfigKey *row, const char *text) {
    const char *reason = *text != '\0' ? beneath_refuses(text) : NULL;
    if (reason == NULL)
        return json_string(text);
    complain(reader, node, "%s: \"%s\" %s", row->path, text, reason);
    error_why(reader->error, "what the configuration names lies in the work tree, outside of git's own folders");
    error_fix(reader->error, "name a path below the top of the work tree, relative to it");
    return NULL;
}

static json_t *read_typed(Reader *reader, struct fy_node *node, const ConfigKey *row) {
    if (!fy_node_is_scalar(node))
        return complain(reader, node, "%s must be %s", row->path, config_type_name(row->type));
    g_autofree char *text = scalar_text(node);
    char *end = NULL;
    errno = 0;
    gint64 number = g_ascii_strtoll(text, &end, 10);
    bool clipped = errno == ERANGE;
    g_autofree char *range = row->type == CONFIG_INT ? config_range(row) : NULL;
    if (row->type == CONFIG_STRING)
        return accepted(reader, node, row, json_string(text));
    if (row->type == CONFIG_PATH)
        return read_path(reader, node, row, text);
    if (row->type == CONFIG_BOOL && (g_str_equal(text, "true") || g_str_equal(text, "false")))
        return json_boolean(g_str_equal(text, "true"));
    if (row->type == CONFIG_INT && *text != '\0' && *end == '\0' && !clipped)
        return accepted(reader, node, row, json_integer(number));
    return complain(reader, node, "%s must be %s%s%s, not '%s'", row->path, config_type_name(row->type), range != NULL ? ", " : "", range != NULL ? range : "",
                    text);
}

static bool is_shell_word(const char *word) {
    static const char *const operators[] = {"|", "||", "&", "&&", ";", ">", ">>", "<", "2>&1", NULL};
    return g_strv_contains(operators, word);
}

static json_t *shell_text(Reader *reader, struct fy_node *node, const char *text) {
    complain(reader, node, "a command is words, not shell text");
    error_why(reader->error, "no shell is run, so '%s' would be passed on as it is", text);
    error_fix(reader->error, "write it as [sh, -c, '…'] if a shell is wanted");
    return NULL;
}

/* A command in one line: split at blanks, quotes as in a shell, and nothing else of one. */
static json_t *read_command_line(Reader *reader, struct fy_node *node) {
    g_autofree char *text = scalar_text(node);
    g_auto(GStrv) words = NULL;
    if (strpbrk(text, "|&;<>$`\n*?") != NULL)
        return shell_text(reader, node, text);
    if (!g_shell_parse_argv(text, NULL, &words, NULL))
        return complain(reader, node, "this command cannot be split into words");
    return jsonx_strv((const char *const *)words);
}

static json_t *read_words(Reader *reader, struct fy_node *node) {
    if (fy_node_is_scalar(node))
        return read_command_line(reader, node);
    if (!fy_node_is_sequence(node))
        return complain(reader, node, "a list of words is wanted here");
    g_autoptr(json_t) words = json_array();
    void *at = NULL;
    struct fy_node *item;
    while ((item = fy_node_sequence_iterate(node, &at)) != NULL) {
        if (!fy_node_is_scalar(item) || fy_node_is_alias(item))
            return complain(reader, item, "a list of words is wanted here");
        g_autofree char *word = scalar_text(item);
        if (is_shell_word(word))
            return shell_text(reader, item, word);
        json_array_append_new(words, json_string(word));
    }
    return g_steal_pointer(&words);
}

static json_t *read_list(Reader *reader, struct fy_node *node, const char *path) {
    g_autoptr(json_t) list = json_array();
    void *at = NULL;
    struct fy_node *item;
    while ((item = fy_node_sequence_iterate(node, &at)) != NULL) {
        json_t *value = read_node(reader, item, path);
        if (value == NULL)
            return NULL;
        json_array_append_new(list, value);
    }
    return g_steal_pointer(&list);
}

static json_t *read_member(Reader *reader, struct fy_node_pair *pair, const char *path, const char *name) {
    struct fy_node *value = fy_node_pair_value(pair);
    struct fy_node *key = fy_node_pair_key(pair);
    const ConfigKey *row = NULL;
    if (value != NULL && fy_node_is_alias(value))
        return complain(reader, key, "YAML aliases are not read");
    const char *glue = *path != '\0' ? "\x1f" : "";
    g_autofree char *plain = g_strdup_printf("%s%s%s", path, glue, name);
    PathKind kind = kind_of(plain, &row);
    if (kind == PATH_LEAF)
        return row->type == CONFIG_WORDS ? read_words(reader, value) : read_typed(reader, value, row);
    g_autofree char *list = g_strconcat(plain, "[]", NULL);
    if (kind == PATH_UNKNOWN && kind_of(list, &row) == PATH_INNER) {
        if (value != NULL && fy_node_is_sequence(value))
            return read_list(reader, value, list);
        return complain(reader, key, "'%s' must be a list", name);
    }
    if (kind == PATH_UNKNOWN)
        return unknown_key(reader, key, path, name);
    if (value == NULL || !fy_node_is_mapping(value))
        return complain(reader, key, "'%s' must hold keys of its own", name);
    return read_node(reader, value, plain);
}

static json_t *read_node(Reader *reader, struct fy_node *node, const char *path) {
    if (fy_node_is_alias(node))
        return complain(reader, node, "YAML aliases are not read");
    if (!fy_node_is_mapping(node))
        return complain(reader, node, "keys and values are wanted here");
    g_autoptr(json_t) object = json_object();
    void *at = NULL;
    struct fy_node_pair *pair;
    while ((pair = fy_node_mapping_iterate(node, &at)) != NULL) {
        struct fy_node *key = fy_node_pair_key(pair);
        if (key == NULL || !fy_node_is_scalar(key) || fy_node_is_alias(key))
            return complain(reader, node, "a key must be plain text");
        g_autofree char *name = scalar_text(key);
        json_t *value = read_member(reader, pair, path, name);
        if (value == NULL)
            return NULL;
        json_object_set_new(object, name, value);
    }
    return g_steal_pointer(&object);
}

/* ---- the document ---- */

static bool report_syntax(Reader *reader, FyDiag *diag) {
    const struct fy_diag_error *problem = fyx_problem(diag);
    g_autofree char *words = problem != NULL ? fyx_text(problem) : NULL;
    g_autofree char *text = words != NULL ? text_escape(words, -1, false) : NULL;
    if (text == NULL)
        error_set(reader->error, ERROR_CONFIG, "%s cannot be read as YAML", reader->where);
    else
        error_set(reader->error, ERROR_CONFIG, "%s:%d:%d: %s", reader->where, problem->line, problem->column, text);
    error_state(reader->error, "nothing was changed");
    return false;
}

static json_t *read_document(Reader *reader, FyParser *parser, FyDiag *diag) {
    g_autoptr(FyDocument) document = fy_parse_load_document(parser);
    if (document == NULL && fy_diag_got_error(diag)) {
        report_syntax(reader, diag);
        return NULL;
    }
    struct fy_node *root = document != NULL ? fy_document_root(document) : NULL;
    if (root == NULL || fy_node_is_scalar(root))
        return json_object();
    g_autoptr(json_t) values = read_node(reader, root, "");
    g_autoptr(FyDocument) second = values != NULL ? fy_parse_load_document(parser) : NULL;
    if (second != NULL) {
        error_set(reader->error, ERROR_CONFIG, "%s holds a second YAML document", reader->where);
        return NULL;
    }
    return g_steal_pointer(&values);
}

static bool check_bytes(const char *text, gsize length, const char *where, GError **error) {
    const char *end = NULL;
    if (length > CONFIG_LIMIT)
        return error_set(error, ERROR_CONFIG, "%s is larger than %d MiB", where, CONFIG_LIMIT >> 20);
    if (!g_utf8_validate_len(text, length, &end))
        return error_set(error, ERROR_CONFIG, "%s is not UTF-8 at byte %" G_GSIZE_FORMAT, where, (gsize)(end - text));
    /* Deep nesting would overflow the stack of the reader. */
    gsize depth = 0;
    for (gsize i = 0; i < length; i++) {
        depth += text[i] == '[' || text[i] == '{' ? 1 : 0;
        if (depth > 10000)
            return error_set(error, ERROR_CONFIG, "%s has more brackets than a configuration needs", where);
    }
    return true;
}

Config *config_parse(const char *text, gsize length, const char *where, GError **error) {
    if (!check_bytes(text, length, where, error))
        return NULL;
    g_autoptr(FyDiag) diag = fyx_diag();
    struct fy_parse_cfg parse_config = fyx_config(diag);
    g_autoptr(FyParser) parser = fy_parser_create(&parse_config);
    Reader reader = {.where = where, .error = error};
    if (parser == NULL || fy_parser_set_string(parser, text, length) != 0) {
        report_syntax(&reader, diag);
        return NULL;
    }
    json_t *values = read_document(&reader, parser, diag);
    if (values == NULL)
        return NULL;
    Config *config = g_new0(Config, 1);
    config->path = g_strdup(where);
    config->values = values;
    return config;
}
