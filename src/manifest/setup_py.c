/* setup.py (setuptools.pypa.io, "Keywords"): version="…" as an argument of setup(), only where it is a literal, or a name that the module gives one. */
#include "manifest/place.h"
#include "manifest/python.h"

static bool claims(const char *path) {
    return manifest_is_named(path, "setup.py");
}

typedef struct {
    const char *text;
    GPtrArray *places;
} Finder;

static void take(const PythonToken *value, void *data) {
    Finder *finder = data;
    if (value->kind == PYTHON_STRING && manifest_is_value(finder->text + value->from, value->to - value->from))
        manifest_places_add(finder->places, finder->text, value->from, value->to - value->from);
}

/* The value of `version=VALUE` among the arguments that begin here, where it is one token. */
static bool read_arguments(Python *python, PythonToken *value) {
    guint depth = python->depth;
    bool name_next = true;
    for (PythonToken token = python_next(python); token.kind != PYTHON_END && python->depth >= depth; token = python_next(python)) {
        bool named = name_next && token.depth == depth && python_is(python, &token, "version");
        name_next = token.depth == depth && python_is(python, &token, ",");
        if (!named)
            continue;
        PythonToken equals = python_next(python);
        *value = python_next(python);
        PythonToken end = python_next(python);
        bool alone = python_is(python, &end, ",") || python_is(python, &end, ")");
        return alone && python_is(python, &equals, "=") && (value->kind == PYTHON_NAME || (value->kind == PYTHON_STRING && value->literal));
    }
    return false;
}

/* The first call of setup() is the one; `def setup(` is none. */
static bool find_argument(Python *python, PythonToken *value) {
    bool defined = false;
    for (PythonToken token = python_next(python); token.kind != PYTHON_END; token = python_next(python)) {
        bool wanted = !defined && python_is(python, &token, "setup");
        defined = python_is(python, &token, "def");
        if (!wanted)
            continue;
        Python ahead = *python;
        PythonToken open = python_next(&ahead);
        if (python_is(&ahead, &open, "("))
            return read_arguments(&ahead, value);
    }
    return false;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    Finder finder = {.text = text, .places = manifest_places_new()};
    Python python = python_open(text, length);
    PythonToken value = {0};
    if (!find_argument(&python, &value))
        return finder.places;
    if (value.kind == PYTHON_STRING)
        take(&value, &finder);
    else {
        g_autofree char *name = g_strndup(text + value.from, value.to - value.from);
        python_assigned(text, length, name, take, &finder);
    }
    return finder.places;
}

const ManifestFormat manifest_format_setup_py = {
    .name = "setup_py",
    .doc = "setup.py: version=\"…\" as a literal argument of setup()",
    .scheme = MANIFEST_PEP440,
    .claims = claims,
    .find = find,
};
