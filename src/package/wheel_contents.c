#include "package/metadata.h"
#include "package/wheel.h"

#include <string.h>

/* ---- entry_points.txt ---- */

typedef struct {
    Wheel *wheel;
    const char *where;
    char *group;      /* of the section read; NULL: none yet */
    GHashTable *seen; /* "group\nname" and "group" */
    guint line;
} Points;

/* A dotted name. */
static gsize dotted(const char *text) {
    gsize length = 0;
    bool start = true;
    for (; text[length] != '\0'; length++) {
        bool letter = g_ascii_isalpha(text[length]) || text[length] == '_' || (guchar)text[length] >= 0x80;
        if (text[length] == '.' && !start)
            start = true;
        else if (letter || (!start && g_ascii_isdigit(text[length])))
            start = false;
        else
            break;
    }
    return start ? 0 : length;
}

/* MODULE[:ATTRIBUTE] [EXTRAS]; readers pass over blanks around the colon. */
static bool is_reference(const char *text, bool callable) {
    gsize module = dotted(text);
    const char *rest = text + module + strspn(text + module, " \t");
    bool attribute = *rest == ':';
    if (attribute) {
        rest += 1 + strspn(rest + 1, " \t");
        gsize length = dotted(rest);
        attribute = length > 0;
        rest += length;
        if (!attribute)
            return false;
    }
    rest += strspn(rest, " \t");
    bool extras = *rest == '\0' || (*rest == '[' && g_str_has_suffix(rest, "]"));
    return module > 0 && extras && (attribute || !callable);
}

static void bad_point(Points *points, PackageCheck check, const char *line, const char *what) {
    package_report(points->wheel->package, check, "%.200s:%u: \"%.100s\" %s", points->where, points->line, line, what);
}

static void take_point(Points *points, char *line) {
    g_autofree char *whole = g_strdup(line);
    char *equals = strpbrk(line, "=:");
    if (equals == NULL || *equals != '=' || points->group == NULL) {
        bad_point(points, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, whole, points->group == NULL ? "stands in no [group]" : "is not NAME = MODULE:ATTRIBUTE");
        return;
    }
    *equals = '\0';
    bool script = strcmp(points->group, "console_scripts") == 0 || strcmp(points->group, "gui_scripts") == 0;
    const char *name = g_strstrip(line), *value = g_strstrip(equals + 1);
    if (*name == '\0' || *value == '\0')
        bad_point(points, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, whole, "is not NAME = MODULE:ATTRIBUTE");
    else if (!is_reference(value, script))
        bad_point(points, script ? PACKAGE_CHECK_WHEEL_ENTRY_POINTS : PACKAGE_CHECK_WHEEL_ENTRY_POINT, whole,
                  script ? "does not name a function as MODULE:ATTRIBUTE" : "does not name an object as MODULE or MODULE:ATTRIBUTE");
    if (script && (*name == '.' || strpbrk(name, "/\\") != NULL))
        bad_point(points, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, whole, "puts a program outside the folder of programs");
    if (!g_hash_table_add(points->seen, g_strdup_printf("%s\n%s", points->group, name)))
        bad_point(points, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, whole, "is there twice in its group");
}

static void take_line(Points *points, char *line) {
    gsize length = strlen(g_strstrip(line));
    if (length == 0 || *line == '#' || *line == ';')
        return;
    if (*line != '[') {
        take_point(points, line);
        return;
    }
    bool whole = line[length - 1] == ']' && length > 2;
    if (!whole)
        bad_point(points, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, line, "is not [GROUP]");
    g_free(points->group);
    points->group = g_strstrip(g_strndup(line + 1, whole ? length - 2 : length - 1));
    if (!g_hash_table_add(points->seen, g_strdup(points->group)))
        bad_point(points, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, line, "is there twice");
}

void package_wheel_check_entry_points(Wheel *wheel) {
    g_autofree char *path = NULL;
    const char *text = wheel->info != NULL ? package_wheel_text(wheel, "entry_points.txt", &path) : NULL;
    if (text == NULL)
        return;
    if (!g_utf8_validate(text, -1, NULL)) {
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_ENTRY_POINTS, "%.200s is not UTF-8", path);
        return;
    }
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Points points = {.wheel = wheel, .where = path, .seen = seen};
    for (guint i = 0; lines[i] != NULL; i++) {
        points.line = i + 1;
        take_line(&points, lines[i]);
    }
    g_free(points.group);
}

/* ---- NAME-VERSION.data ---- */

static const char *data_problem(char **parts, const char *expected) {
    static const char *const keys[] = {"purelib", "platlib", "headers", "scripts", "data", NULL};
    if (strcmp(parts[0], expected) != 0)
        return "is not below the .data folder that the file name gives";
    if (parts[1] == NULL || !g_strv_contains(keys, parts[1]))
        return "is in none of purelib, platlib, headers, scripts and data";
    return parts[2] == NULL ? "is a file where a folder is expected" : NULL;
}

void package_wheel_check_data(Wheel *wheel) {
    g_autofree char *expected = g_strdup_printf("%s-%s.data", wheel->name, wheel->version);
    for (guint i = 0; i < wheel->members->members->len; i++) {
        const PackageMember *member = wheel->members->members->pdata[i];
        gsize top = strcspn(member->path, "/");
        if (member->folder || member->path[top] == '\0' || top < 5 || strncmp(member->path + top - 5, ".data", 5) != 0)
            continue;
        g_auto(GStrv) parts = g_strsplit(member->path, "/", 3);
        const char *problem = data_problem(parts, expected);
        if (problem != NULL)
            package_report(wheel->package, PACKAGE_CHECK_WHEEL_DATA, "%.300s %s", member->path, problem);
    }
}

/* ---- what lands beside every other package ---- */

static const char *const stray_folders[] = {"test",       "tests",   "testing", "doc",   "docs",         "example",     "examples",
                                            "benchmarks", "scripts", "dist",    "build", "node_modules", "__pycache__", NULL};
static const char *const stray_files[] = {"README.md",   "README.rst",  "README.txt",   "README",     "LICENSE",          "LICENSE.md",     "LICENSE.txt",
                                          "LICENSE.rst", "COPYING",     "CHANGELOG.md", "CHANGES.md", "CHANGES.rst",      "pyproject.toml", "setup.py",
                                          "setup.cfg",   "conftest.py", "tox.ini",      "noxfile.py", "requirements.txt", "Makefile",       ".gitignore",
                                          NULL};

/* What is stray about this path, as a path; NULL: nothing. g_free. */
static char *stray_of(const Wheel *wheel, const char *path) {
    gsize top = strcspn(path, "/");
    g_autofree char *first = g_strndup(path, top);
    g_autofree char *normal = package_normalise(first);
    const char *cache = strstr(path, "__pycache__/");
    if (path[top] == '\0')
        return g_strv_contains(stray_files, first) ? g_steal_pointer(&first) : NULL;
    if (g_strv_contains(stray_folders, first) && g_strcmp0(normal, wheel->name) != 0)
        return g_strconcat(first, "/", NULL);
    if (cache != NULL)
        return g_strndup(path, (gsize)(cache - path) + strlen("__pycache__/"));
    return g_str_has_suffix(path, ".pyc") || g_str_has_suffix(path, "/.DS_Store") ? g_strdup(path) : NULL;
}

/* site.py runs the lines of such a file that begin with "import". */
static void check_path_file(Wheel *wheel, const PackageMember *member) {
    if (!member->folder && strchr(member->path, '/') == NULL && g_str_has_suffix(member->path, ".pth"))
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_STRAY, "%.300s is read, and code in it run, at every start of Python", member->path);
}

void package_wheel_check_stray(Wheel *wheel) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < wheel->members->members->len; i++) {
        const PackageMember *member = wheel->members->members->pdata[i];
        check_path_file(wheel, member);
        g_autofree char *stray = member->folder ? NULL : stray_of(wheel, member->path);
        if (stray == NULL || !g_hash_table_add(seen, g_strdup(stray)))
            continue;
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_STRAY, "%.300s lands in every user's site-packages; it does not belong there", stray);
    }
}
