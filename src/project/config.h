/* The configuration: slipway.yaml (or .slipway.yaml, .config/slipway.yaml) at the top of the work tree, over it SLIPWAY__SECTION__KEY from the environment.
 *
 * The keys are the rows of config.def: name, type, default, meaning. Help, schema and checks come from there. YAML 1.2 without aliases, one document, UTF-8,
 * at most 1 MiB. Error CONFIG with path:line:column; an unknown key names the nearest known one. */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

/* PATH: a path of the tree (base/beneath.h); to all others a text. */
typedef enum { CONFIG_STRING, CONFIG_BOOL, CONFIG_INT, CONFIG_WORDS, CONFIG_PATH } ConfigType;

typedef enum { CONFIG_NO_NAME, CONFIG_REMOTE_NAME, CONFIG_BRANCH_NAME, CONFIG_TAG_NAME } ConfigName;

typedef struct {
    const char *path;
    ConfigType type;
    const char *fallback;
    const char *doc;
    gint64 least, most;  /* of a whole number */
    const char *choices; /* divided by blanks; NULL: any text */
    ConfigName name;     /* what git must take it as, once its placeholders are put in */
    bool outside;        /* it may name a place outside of the work tree, where the user allows it (project/outside.h) */
} ConfigKey;

const ConfigKey *config_keys(guint *count);
const char *config_type_name(ConfigType type);
/* What is wrong with a value of the row's type, as "must be 0 to 256, not -1"; NULL: nothing. *fix, where there is one to say. g_free both. */
char *config_objection(const ConfigKey *key, const json_t *value, char **fix);
/* "0 to 256", "no-ff or ff-only"; NULL: any value of the type. g_free. */
char *config_range(const ConfigKey *key);

typedef struct {
    char *path;     /* relative to the tree; NULL: there is no such file */
    json_t *values; /* object, typed as the rows say; only what was set */
    char *sha256;   /* of the values: what a plan was made with */
    json_t *users;  /* object: the paths that the file does not say, but the user (environment, a rehearsal's stand-ins) */
} Config;

/* settings: {path: value} over file and environment, or NULL (rehearsal's stand-ins). */
Config *config_load(const char *tree, const json_t *settings, GError **error);
Config *config_parse(const char *text, gsize length, const char *where, GError **error);
/* Where the file may be, in the order in which it is looked for; NULL-ended. */
const char *const *config_places(void);
/* As config_load, of a file's bytes (NULL: there is none). */
Config *config_of(GBytes *bytes, const char *where, GError **error);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* By the path of a row without `*` and `[]`; what is not set is the row's default. */
const char *config_string(const Config *config, const char *path);
/* Is the value the user's own word, not the repository's? */
bool config_is_users(const Config *config, const char *path);
gint64 config_int(const Config *config, const char *path);
bool config_bool(const Config *config, const char *path);
/* Any member ("gates", "version.files"); NULL: not set. Borrowed. */
json_t *config_get(const Config *config, const char *path);
/* The words of a row; what is not set is the row's default, words divided by blanks. New reference. */
json_t *config_words(const Config *config, const char *path);
/* Of the names of an env-pass, the first that no environment can hold or that is a forge's token; NULL: all are fine. Borrowed. */
const char *config_wrong_variable(const json_t *names);
/* A default of a row that has `*` or `[]` in its path. */
gint64 config_default_int(const char *row);
const char *config_default(const char *row);
/* JSON Schema (2020-12) of slipway.yaml. New reference. */
json_t *config_schema(void);
