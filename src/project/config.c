#include "project/config.h"

#include "base/beneath.h"
#include "base/limits.h"
#include "base/process.h"
#include "git/git.h"

#include <errno.h>
#include <string.h>

static const ConfigKey keys[] = {
#define CONFIG_KEY(key, kind, absent, says, ...) {.path = key, .type = CONFIG_##kind, .fallback = absent, .doc = says, __VA_ARGS__},
#include "project/config.def"
#undef CONFIG_KEY
};

const ConfigKey *config_keys(guint *count) {
    *count = G_N_ELEMENTS(keys);
    return keys;
}

const char *config_type_name(ConfigType type) {
    static const char *const names[] = {"text", "true or false", "a whole number", "a list of words", "a path"};
    return names[type];
}

static const ConfigKey *key_of(const char *path) {
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].path, path))
            return &keys[i];
    }
    g_error("configuration: there is no key %s", path);
}

void config_free(Config *config) {
    g_free(config->path);
    g_free(config->sha256);
    json_decref(config->values);
    json_decref(config->users);
    g_free(config);
}

json_t *config_get(const Config *config, const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, ".", -1);
    json_t *here = config->values;
    for (guint i = 0; parts[i] != NULL; i++)
        here = json_object_get(here, parts[i]);
    return here;
}

const char *config_string(const Config *config, const char *path) {
    const ConfigKey *key = key_of(path);
    const char *text = json_string_value(config_get(config, path));
    return text != NULL ? text : key->fallback;
}

bool config_is_users(const Config *config, const char *path) {
    return json_object_get(config->users, path) != NULL;
}

gint64 config_int(const Config *config, const char *path) {
    const ConfigKey *key = key_of(path);
    const json_t *value = config_get(config, path);
    return json_is_integer(value) ? json_integer_value(value) : g_ascii_strtoll(key->fallback, NULL, 10);
}

bool config_bool(const Config *config, const char *path) {
    const ConfigKey *key = key_of(path);
    const json_t *value = config_get(config, path);
    return json_is_boolean(value) ? json_boolean_value(value) : g_str_equal(key->fallback, "true");
}

json_t *config_words(const Config *config, const char *path) {
    const ConfigKey *key = key_of(path);
    const json_t *set = config_get(config, path);
    if (json_is_array(set))
        return json_copy((json_t *)set);
    g_auto(GStrv) words = g_strsplit(key->fallback, " ", -1);
    json_t *list = json_array();
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0')
            json_array_append_new(list, json_string(words[i]));
    }
    return list;
}

gint64 config_default_int(const char *row) {
    return g_ascii_strtoll(key_of(row)->fallback, NULL, 10);
}

const char *config_default(const char *row) {
    return key_of(row)->fallback;
}

static void config_set(Config *config, const char *path, json_t *value) {
    g_auto(GStrv) parts = g_strsplit(path, ".", -1);
    json_t *here = config->values;
    guint last = g_strv_length(parts) - 1;
    for (guint i = 0; i < last; i++) {
        if (json_object_get(here, parts[i]) == NULL)
            json_object_set_new(here, parts[i], json_object());
        here = json_object_get(here, parts[i]);
    }
    json_object_set_new(here, parts[last], value);
}

/* ---- which values are taken ---- */

char *config_range(const ConfigKey *key) {
    if (key->type == CONFIG_INT)
        return g_strdup_printf("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, key->least, key->most);
    g_auto(GStrv) words = key->choices != NULL ? g_strsplit(key->choices, " ", -1) : NULL;
    return words != NULL ? g_strjoinv(" or ", words) : NULL;
}

/* A name is judged with something in its placeholders; what a release puts there is judged once more by preflight. */
static const char *objection_to_name(const ConfigKey *key, const char *pattern) {
    static const char *const samples[][2] = {{"{version}", "1.2.3"}, {"{name}", "name"}, {"{path}", "path"}};
    static const GitName names[] = {[CONFIG_REMOTE_NAME] = GIT_NAME_REMOTE, [CONFIG_BRANCH_NAME] = GIT_NAME_BRANCH, [CONFIG_TAG_NAME] = GIT_NAME_TAG};
    g_autoptr(GString) name = g_string_new(pattern);
    for (guint i = 0; i < G_N_ELEMENTS(samples); i++)
        g_string_replace(name, samples[i][0], samples[i][1], 0);
    bool by_itself = *pattern == '\0' && *key->fallback == '\0';
    return key->name == CONFIG_NO_NAME || by_itself ? NULL : git_name_objection(names[key->name], name->str);
}

static char *objection_to_text(const ConfigKey *key, const char *text, char **fix) {
    g_auto(GStrv) words = key->choices != NULL ? g_strsplit(key->choices, " ", -1) : NULL;
    g_autofree char *range = config_range(key);
    bool by_itself = *text == '\0' && *key->fallback == '\0';
    if (words != NULL && !by_itself && !g_strv_contains((const char *const *)words, text)) {
        *fix = g_strdup_printf("set %s to %s", key->path, range);
        return g_strdup_printf("cannot be '%s'", text);
    }
    const char *why = objection_to_name(key, text);
    return why != NULL ? g_strdup_printf("cannot be '%s': %s", text, why) : NULL;
}

char *config_objection(const ConfigKey *key, const json_t *value, char **fix) {
    if (json_is_string(value))
        return objection_to_text(key, json_string_value(value), fix);
    gint64 number = json_integer_value(value);
    if (!json_is_integer(value) || (number >= key->least && number <= key->most))
        return NULL;
    g_autofree char *range = config_range(key);
    *fix = g_strdup_printf("set it to a number from %s", range);
    return g_strdup_printf("must be %s, not %" G_GINT64_FORMAT, range, number);
}

/* ---- the environment's word is the last ---- */

static json_t *typed(const ConfigKey *key, const char *text) {
    char *end = NULL;
    bool fine = key->type == CONFIG_STRING || (key->type == CONFIG_PATH && (*text == '\0' || beneath_refuses(text) == NULL));
    if (fine || key->type == CONFIG_PATH)
        return fine ? json_string(text) : NULL;
    if (key->type == CONFIG_BOOL)
        return g_str_equal(text, "true") ? json_true() : g_str_equal(text, "false") ? json_false() : NULL;
    errno = 0;
    gint64 number = g_ascii_strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno != ERANGE ? json_integer(number) : NULL;
}

static char *variable_of(const ConfigKey *key) {
    g_autofree char *upper = g_ascii_strup(key->path, -1);
    g_auto(GStrv) parts = g_strsplit(g_strdelimit(upper, "-", '_'), ".", -1);
    g_autofree char *joined = g_strjoinv("__", parts);
    return g_strdup_printf("SLIPWAY__%s", joined);
}

static char *not_of_type(const ConfigKey *key) {
    g_autofree char *range = key->type == CONFIG_INT ? config_range(key) : NULL;
    return g_strdup_printf("must be %s%s%s", config_type_name(key->type), range != NULL ? ", " : "", range != NULL ? range : "");
}

static void set_by_user(Config *config, const char *path, json_t *value) {
    config_set(config, path, value);
    json_object_set_new(config->users, path, json_true());
}

static bool take_environment(Config *config, GError **error) {
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].type == CONFIG_WORDS || strpbrk(keys[i].path, "*[") != NULL)
            continue;
        g_autofree char *name = variable_of(&keys[i]);
        const char *text = g_getenv(name);
        if (text == NULL)
            continue;
        g_autoptr(json_t) value = typed(&keys[i], text);
        g_autofree char *fix = NULL;
        g_autofree char *wrong = value != NULL ? config_objection(&keys[i], value, &fix) : not_of_type(&keys[i]);
        if (wrong != NULL) {
            error_set(error, ERROR_CONFIG, "the environment variable %s %s", name, wrong);
            error_fix(error, "unset %s%s%s", name, fix != NULL ? ", or " : "", fix != NULL ? fix : "");
            return false;
        }
        set_by_user(config, keys[i].path, g_steal_pointer(&value));
    }
    return true;
}

const char *config_wrong_variable(const json_t *names) {
    for (gsize i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        bool plain = *name != '\0' && !g_ascii_isdigit(*name) && strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") == strlen(name);
        if (!plain || g_strv_contains(process_token_names(), name))
            return name;
    }
    return NULL;
}

static bool finish(Config *config, const json_t *settings, GError **error) {
    config->users = json_object();
    if (!take_environment(config, error))
        return false;
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)settings, path, value) set_by_user(config, path, json_incref(value));
    config->sha256 = jsonx_sha256(config->values);
    return true;
}

static const char *const places[] = {"slipway.yaml", ".slipway.yaml", ".config/slipway.yaml", NULL};

const char *const *config_places(void) {
    return places;
}

Config *config_of(GBytes *bytes, const char *where, GError **error) {
    g_autoptr(Config) config = NULL;
    if (bytes != NULL) {
        config = config_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), where, error);
    } else {
        config = g_new0(Config, 1);
        config->values = json_object();
    }
    return config != NULL && finish(config, NULL, error) ? g_steal_pointer(&config) : NULL;
}

Config *config_load(const char *tree, const json_t *settings, GError **error) {
    for (guint i = 0; places[i] != NULL; i++) {
        if (fs_kind_beneath(tree, places[i]) == FS_MISSING)
            continue;
        g_autoptr(GBytes) bytes = fs_read_beneath(tree, places[i], CONFIG_LIMIT, error);
        if (bytes == NULL)
            return NULL;
        g_autoptr(Config) config = config_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), places[i], error);
        return config != NULL && finish(config, settings, error) ? g_steal_pointer(&config) : NULL;
    }
    g_autoptr(Config) config = g_new0(Config, 1);
    config->values = json_object();
    return finish(config, settings, error) ? g_steal_pointer(&config) : NULL;
}

/* ---- the schema ---- */

static json_t *schema_of(const ConfigKey *key) {
    json_t *schema = json_pack("{s: s}", "description", key->doc);
    if (key->type == CONFIG_WORDS)
        json_object_update_new(schema, json_pack("{s: {s: s}, s: s}", "items", "type", "string", "type", "array"));
    else
        json_object_set_new(schema, "type",
                            json_string(key->type == CONFIG_STRING || key->type == CONFIG_PATH ? "string"
                                        : key->type == CONFIG_BOOL                             ? "boolean"
                                                                                               : "integer"));
    if (*key->fallback != '\0' && key->type != CONFIG_WORDS)
        json_object_set_new(schema, "default", typed(key, key->fallback));
    if (key->type == CONFIG_INT)
        json_object_update_new(schema, json_pack("{s: I, s: I}", "minimum", (json_int_t)key->least, "maximum", (json_int_t)key->most));
    g_auto(GStrv) words = key->choices != NULL ? g_strsplit(key->choices, " ", -1) : NULL;
    if (words != NULL)
        json_object_set_new(schema, "enum", jsonx_strv((const char *const *)words));
    return schema;
}

/* The schema of one member, made if missing: an object, or for "name[]" a list of objects, or for "*" what any name holds. */
static json_t *descend(json_t *schema, const char *part) {
    bool any = g_str_equal(part, "*");
    bool list = g_str_has_suffix(part, "[]");
    g_autofree char *name = list ? g_strndup(part, strlen(part) - 2) : g_strdup(part);
    json_t *parent = any ? schema : json_object_get(schema, "properties");
    const char *member = any ? "additionalProperties" : name;
    if (!json_is_object(json_object_get(parent, member))) {
        json_t *object = json_pack("{s: s, s: {}, s: b}", "type", "object", "properties", "additionalProperties", 0);
        json_object_set_new(parent, member, list ? json_pack("{s: s, s: o}", "type", "array", "items", object) : object);
    }
    json_t *found = json_object_get(parent, member);
    return list ? json_object_get(found, "items") : found;
}

json_t *config_schema(void) {
    json_t *schema = json_pack("{s: s, s: s, s: s, s: {}, s: b}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title", "slipway.yaml", "type",
                               "object", "properties", "additionalProperties", 0);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_auto(GStrv) parts = g_strsplit(keys[i].path, ".", -1);
        json_t *here = schema;
        guint last = g_strv_length(parts) - 1;
        for (guint k = 0; k < last; k++)
            here = descend(here, parts[k]);
        if (g_str_equal(parts[last], "*"))
            json_object_set_new(here, "additionalProperties", schema_of(&keys[i]));
        else
            json_object_set_new(json_object_get(here, "properties"), parts[last], schema_of(&keys[i]));
    }
    return schema;
}
