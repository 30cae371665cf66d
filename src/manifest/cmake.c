/* CMakeLists.txt (cmake.org, cmake-language(7), "project"): project(NAME … VERSION 1.2.3 …), the first of the file. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "CMakeLists.txt");
}

typedef struct {
    const char *text;
    gsize length, at;
    bool plain; /* the last token: neither in quotes nor in brackets */
} Cmake;

static bool ended(const Cmake *cmake) {
    return cmake->at >= cmake->length;
}

/* "[==[" … "]==]": the opening's length; 0: none is here. */
static gsize bracket_open(const Cmake *cmake, gsize at) {
    gsize equals = at + 1;
    if (at >= cmake->length || cmake->text[at] != '[')
        return 0;
    while (equals < cmake->length && cmake->text[equals] == '=')
        equals++;
    return equals < cmake->length && cmake->text[equals] == '[' ? equals + 1 - at : 0;
}

static void skip_bracket(Cmake *cmake, gsize open) {
    g_autofree char *close = g_strndup(cmake->text + cmake->at, open);
    g_strdelimit(close, "[", ']');
    const char *end = memmem(cmake->text + cmake->at + open, cmake->length - cmake->at - open, close, open);
    cmake->at = end != NULL ? (gsize)(end - cmake->text) + open : cmake->length;
}

static void skip_comment(Cmake *cmake) {
    gsize open = bracket_open(cmake, cmake->at + 1);
    cmake->at++;
    if (open > 0) {
        skip_bracket(cmake, open);
        return;
    }
    while (!ended(cmake) && cmake->text[cmake->at] != '\n')
        cmake->at++;
}

static void skip_quoted(Cmake *cmake) {
    cmake->at++;
    while (!ended(cmake) && cmake->text[cmake->at] != '"')
        cmake->at += cmake->text[cmake->at] == '\\' ? 2 : 1;
    cmake->at = MIN(cmake->at + 1, cmake->length);
}

static bool is_plain(char c) {
    return !g_ascii_isspace(c) && c != '\0' && strchr("()#\"", c) == NULL;
}

/* The next argument or parenthesis: its bounds without quotes or brackets. False: the end. */
static bool next_token(Cmake *cmake, gsize *from, gsize *to) {
    cmake->plain = false;
    while (!ended(cmake)) {
        char c = cmake->text[cmake->at];
        gsize open = bracket_open(cmake, cmake->at);
        *from = cmake->at;
        if (c == '#')
            skip_comment(cmake);
        else if (open > 0) {
            skip_bracket(cmake, open);
            *from += open;
            *to = MAX(*from, cmake->at >= open ? cmake->at - open : 0);
            return true;
        } else if (c == '"') {
            skip_quoted(cmake);
            *from += 1;
            *to = MAX(cmake->at - 1, *from);
            return true;
        } else if (c == '(' || c == ')') {
            *to = ++cmake->at;
            cmake->plain = true;
            return true;
        } else if (is_plain(c)) {
            while (!ended(cmake) && is_plain(cmake->text[cmake->at]))
                cmake->at += cmake->text[cmake->at] == '\\' && cmake->at + 1 < cmake->length ? 2 : 1;
            *to = MIN(cmake->at, cmake->length);
            cmake->plain = true;
            return true;
        } else
            cmake->at++;
    }
    return false;
}

static bool is_word(const Cmake *cmake, gsize from, gsize to, const char *word) {
    return to - from == strlen(word) && g_ascii_strncasecmp(cmake->text + from, word, to - from) == 0;
}

/* From behind "project(" on: the bounds of the name and of what follows VERSION. */
typedef struct {
    gsize name, name_end, version, version_end;
} Project;

static void read_arguments(Cmake *cmake, Project *project) {
    gsize from = 0, to = 0;
    bool version_next = false;
    for (guint depth = 1, count = 0; depth > 0 && next_token(cmake, &from, &to); count++) {
        bool mark = cmake->plain && to - from == 1;
        depth += mark && cmake->text[from] == '(' ? 1 : 0;
        depth -= mark && cmake->text[from] == ')' ? 1 : 0;
        if (count == 0) {
            project->name = from;
            project->name_end = to;
        } else if (version_next && depth == 1 && project->version_end == 0) {
            project->version = from;
            project->version_end = to;
        }
        version_next = count > 0 && depth == 1 && to - from == 7 && memcmp(cmake->text + from, "VERSION", 7) == 0;
    }
}

/* A command's name stands where a line begins, for all that is not inside another one's parentheses. */
static bool find_project(GBytes *bytes, Project *project) {
    gsize length = 0;
    Cmake cmake = {.text = g_bytes_get_data(bytes, &length)};
    cmake.length = length;
    gsize from = 0, to = 0;
    guint depth = 0;
    while (next_token(&cmake, &from, &to)) {
        bool wanted = depth == 0 && cmake.plain && is_word(&cmake, from, to, "project");
        char c = cmake.plain ? cmake.text[from] : '\0';
        depth += c == '(' ? 1 : 0;
        depth -= c == ')' && depth > 0 ? 1 : 0;
        if (!wanted)
            continue;
        if (!next_token(&cmake, &from, &to) || !cmake.plain || cmake.text[from] != '(')
            return false;
        read_arguments(&cmake, project);
        return true;
    }
    return false;
}

static bool is_numbers(const char *text, gsize length) {
    guint parts = 1;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]) && text[i] != '.')
            return false;
        parts += text[i] == '.' ? 1 : 0;
    }
    return length > 0 && parts <= 4 && g_ascii_isdigit(*text) && g_ascii_isdigit(text[length - 1]);
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    const char *text = g_bytes_get_data(query->bytes, NULL);
    GPtrArray *places = manifest_places_new();
    Project project = {0};
    if (find_project(query->bytes, &project) && is_numbers(text + project.version, project.version_end - project.version))
        manifest_places_add(places, text, project.version, project.version_end - project.version);
    return places;
}

static char *package(GBytes *bytes) {
    const char *text = g_bytes_get_data(bytes, NULL);
    Project project = {0};
    bool found = find_project(bytes, &project) && project.name_end > project.name && memchr(text + project.name, '$', project.name_end - project.name) == NULL;
    return found ? g_strndup(text + project.name, project.name_end - project.name) : NULL;
}

const ManifestFormat manifest_format_cmake = {
    .name = "cmake",
    .doc = "CMakeLists.txt: project(… VERSION 1.2.3)",
    .scheme = MANIFEST_NUMBERS,
    .claims = claims,
    .find = find,
    .package = package,
};
