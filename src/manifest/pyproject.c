/* pyproject.toml (packaging.python.org, "pyproject.toml specification"; Poetry's own table before it took that up). */
#include "base/error.h"
#include "manifest/place.h"
#include "manifest/toml.h"

#include <string.h>

static bool claims(const char *path) {
    g_autofree char *name = g_path_get_basename(path);
    return g_str_equal(name, "pyproject.toml");
}

typedef struct {
    const char *text;
    GPtrArray *places;
} Finder;

static bool take_version(const TomlValue *value, void *data) {
    Finder *finder = data;
    bool wanted = g_str_equal(value->path, "project.version") || g_str_equal(value->path, "tool.poetry.version");
    if (wanted && value->is_string && manifest_is_value(finder->text + value->offset, value->length))
        manifest_places_add(finder->places, finder->text, value->offset, value->length);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    Finder finder = {.text = text, .places = places};
    guint line = 0;
    if (toml_walk(text, length, take_version, &finder, &line))
        return g_steal_pointer(&places);
    return manifest_broken(query->path, line, "TOML", error);
}

/* ---- what else it says ---- */

typedef struct {
    const char *text;
    const char *const *paths; /* NULL-ended, best first */
    char *found;
    guint rank;
} Question;

static bool take_answer(const TomlValue *value, void *data) {
    Question *question = data;
    for (guint i = 0; i < question->rank && question->paths[i] != NULL; i++) {
        if (!value->is_string || !g_str_equal(value->path, question->paths[i]))
            continue;
        g_free(question->found);
        question->found = g_strndup(question->text + value->offset, value->length);
        question->rank = i;
    }
    return true;
}

static char *ask(GBytes *bytes, const char *const *paths) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    Question question = {.text = text, .paths = paths, .rank = G_MAXUINT};
    guint line = 0;
    toml_walk(text, length, take_answer, &question, &line);
    return question.found;
}

static char *package(GBytes *bytes) {
    static const char *const paths[] = {"project.name", "tool.poetry.name", NULL};
    return ask(bytes, paths);
}

char *manifest_pyproject_backend(GBytes *bytes) {
    static const char *const paths[] = {"build-system.build-backend", NULL};
    return ask(bytes, paths);
}

typedef struct {
    const char *text;
    GPtrArray *names;
} Required;

/* "hatchling>=1.2; python_version > '3'" is hatchling: the name ends where no name goes on (PEP 508). */
static bool take_required(const TomlValue *value, void *data) {
    Required *required = data;
    const char *item = required->text + value->offset;
    gsize length = 0;
    if (!g_str_equal(value->path, "build-system.requires[]") || !value->is_string)
        return true;
    while (length < value->length && (g_ascii_isalnum(item[length]) || strchr("-_.", item[length]) != NULL))
        length++;
    if (length > 0)
        g_ptr_array_add(required->names, g_strndup(item, length));
    return true;
}

GPtrArray *manifest_pyproject_requires(GBytes *bytes) {
    gsize length = 0;
    Required required = {.text = g_bytes_get_data(bytes, &length), .names = g_ptr_array_new_with_free_func(g_free)};
    guint line = 0;
    toml_walk(required.text, length, take_required, &required, &line);
    return required.names;
}

bool manifest_pyproject_is_package(GBytes *bytes) {
    g_autofree char *name = package(bytes);
    g_autofree char *backend = manifest_pyproject_backend(bytes);
    return name != NULL || backend != NULL;
}

char *manifest_pyproject_version_path(GBytes *bytes) {
    static const char *const path[] = {"tool.hatch.version.path", "tool.pdm.version.path", "tool.setuptools.dynamic.version.file",
                                       "tool.setuptools.dynamic.version.file[]", NULL};
    static const char *const attribute[] = {"tool.setuptools.dynamic.version.attr", NULL};
    g_autofree char *direct = ask(bytes, path);
    if (direct != NULL)
        return g_steal_pointer(&direct);
    g_autofree char *attr = ask(bytes, attribute);
    char *last = attr != NULL ? strrchr(attr, '.') : NULL;
    if (last == NULL)
        return NULL;
    *last = '\0';
    return g_strdelimit(g_steal_pointer(&attr), ".", '/');
}

typedef struct {
    const char *text;
    bool found;
} Tagged;

static bool begins(const char *text, gsize length, const char *word) {
    return length >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* A table of such a tool, be it empty, or a requirement of the build. */
static bool look_for_scm(const TomlValue *value, void *data) {
    static const char *const tables[] = {"tool.setuptools_scm", "tool.setuptools-git-versioning", "tool.versioningit", "tool.poetry-dynamic-versioning"};
    static const char *const requirements[] = {"setuptools_scm", "setuptools-scm", "setuptools-git-versioning", "versioningit"};
    Tagged *tagged = data;
    bool required = value->is_string && g_str_equal(value->path, "build-system.requires[]");
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        gsize size = strlen(tables[i]);
        bool inside = g_str_has_prefix(value->path, tables[i]) && (value->path[size] == '\0' || value->path[size] == '.');
        tagged->found = tagged->found || inside || (required && begins(tagged->text + value->offset, value->length, requirements[i]));
    }
    return !tagged->found;
}

bool manifest_pyproject_is_tagged(GBytes *bytes) {
    static const char *const source[] = {"tool.hatch.version.source", "tool.pdm.version.source", NULL};
    g_autofree char *named = ask(bytes, source);
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    Tagged tagged = {.text = text, .found = g_strcmp0(named, "vcs") == 0 || g_strcmp0(named, "scm") == 0};
    guint line = 0;
    toml_walk(text, length, look_for_scm, &tagged, &line);
    return tagged.found;
}

const ManifestFormat manifest_format_pyproject = {
    .name = "pyproject",
    .doc = "pyproject.toml: [project] version, [tool.poetry] version",
    .scheme = MANIFEST_PEP440,
    .claims = claims,
    .find = find,
    .package = package,
};
