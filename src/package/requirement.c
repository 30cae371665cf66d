/* Dependency specifiers (packaging.python.org "dependency specifiers", "version specifiers"), read as `packaging` reads them. */
#include "package/metadata.h"
#include "version/pep440.h"

#include <string.h>

#define MAX_DEPTH 30

typedef struct {
    const char *at;
    char *problem; /* the first one */
    guint depth;
} Reader;

static bool fail(Reader *reader, const char *what) {
    if (reader->problem == NULL && *reader->at == '\0')
        reader->problem = g_strdup_printf("%s expected at its end", what);
    else if (reader->problem == NULL)
        reader->problem = g_strdup_printf("%s expected before \"%.30s\"", what, reader->at);
    return false;
}

static void blanks(Reader *reader) {
    reader->at += strspn(reader->at, " \t\n");
}

static bool take(Reader *reader, char c) {
    blanks(reader);
    bool there = *reader->at == c;
    reader->at += there ? 1 : 0;
    return there;
}

static bool is_name_char(char c) {
    return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

static bool take_name(Reader *reader, const char *what) {
    blanks(reader);
    gsize length = 0;
    while (is_name_char(reader->at[length]))
        length++;
    /* "_" ends a name for `packaging`, though the standard wants a letter or a digit. */
    while (length > 0 && !g_ascii_isalnum(reader->at[length - 1]) && reader->at[length - 1] != '_')
        length--;
    if (length == 0 || !g_ascii_isalnum(reader->at[0]))
        return fail(reader, what);
    reader->at += length;
    return true;
}

/* ---- version specifiers ---- */

static const char *const operators[] = {"===", "~=", "==", "!=", "<=", ">=", "<", ">"};

static const char *take_operator(Reader *reader) {
    blanks(reader);
    for (guint i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (g_str_has_prefix(reader->at, operators[i])) {
            reader->at += strlen(operators[i]);
            return operators[i];
        }
    }
    return NULL;
}

static bool plain_release(const Pep440 *version) {
    return version->pre == NULL && version->post == NULL && version->dev == NULL && version->local == NULL;
}

static const char *version_problem(const char *operator, char * text) {
    bool equality = strcmp(operator, "==") == 0 || strcmp(operator, "!=") == 0;
    bool wild = g_str_has_suffix(text, ".*");
    if (wild)
        text[strlen(text) - 2] = '\0';
    g_autoptr(Pep440) version = pep440_parse(text, NULL);
    if (version == NULL)
        return "is no version";
    if (wild && (!equality || !plain_release(version)))
        return "may not have .* here";
    if (version->local != NULL && !equality)
        return "may not have a local part here";
    if (strcmp(operator, "~=") == 0 && version->release->len < 2)
        return "needs two numbers at least behind ~=";
    return NULL;
}

static bool take_specifier(Reader *reader) {
    const char *operator= take_operator(reader);
    if (operator== NULL)
        return fail(reader, "a comparison like >=1.0");
    blanks(reader);
    bool any = strcmp(operator, "===") == 0;
    gsize length = any ? strcspn(reader->at, " \t\n;),") : strspn(reader->at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.!+*_-");
    g_autofree char *text = g_strndup(reader->at, length);
    const char *problem = any ? NULL : version_problem(operator, text);
    if (problem != NULL) {
        if (reader->problem == NULL)
            reader->problem = g_strdup_printf("the version \"%.50s\" %s", text, problem);
        return false;
    }
    reader->at += length;
    return true;
}

static bool starts_specifier(Reader *reader) {
    blanks(reader);
    return strchr("=~!<>", *reader->at) != NULL && *reader->at != '\0';
}

/* A comma at the end is taken, as `packaging` takes it. */
static bool take_specifiers(Reader *reader) {
    while (starts_specifier(reader)) {
        if (!take_specifier(reader))
            return false;
        if (!take(reader, ','))
            break;
    }
    return true;
}

/* ---- markers ---- */

static bool take_word(Reader *reader, const char *word) {
    blanks(reader);
    gsize length = strlen(word);
    if (strncmp(reader->at, word, length) != 0 || g_ascii_isalnum(reader->at[length]) || reader->at[length] == '_')
        return false;
    reader->at += length;
    return true;
}

static bool take_variable(Reader *reader) {
    static const char *const variables[] = {
        "python_version",
        "python_full_version",
        "os_name",
        "os.name",
        "sys_platform",
        "sys.platform",
        "platform_release",
        "platform_system",
        "platform_version",
        "platform.version",
        "platform_machine",
        "platform.machine",
        "implementation_name",
        "implementation_version",
        "platform_python_implementation",
        "platform.python_implementation",
        "python_implementation",
        "extra",
        "extras",
        "dependency_groups",
    };
    for (guint i = 0; i < G_N_ELEMENTS(variables); i++) {
        if (take_word(reader, variables[i]))
            return true;
    }
    return false;
}

static bool take_operand(Reader *reader) {
    blanks(reader);
    if (*reader->at != '\'' && *reader->at != '"')
        return take_variable(reader) || fail(reader, "a variable of markers or a quoted text");
    const char *end = strchr(reader->at + 1, *reader->at);
    if (end == NULL)
        return fail(reader, "a text with its closing quote");
    reader->at = end + 1;
    return true;
}

static bool take_comparison(Reader *reader) {
    if (take_operator(reader) != NULL || take_word(reader, "in"))
        return true;
    return (take_word(reader, "not") && take_word(reader, "in")) || fail(reader, "a comparison (==, in, not in …)");
}

static bool take_marker(Reader *reader);

static bool take_marker_atom(Reader *reader) {
    if (!take(reader, '('))
        return take_operand(reader) && take_comparison(reader) && take_operand(reader);
    if (++reader->depth > MAX_DEPTH)
        return fail(reader, "fewer parentheses");
    bool right = take_marker(reader) && (take(reader, ')') || fail(reader, "a closing parenthesis"));
    reader->depth--;
    return right;
}

static bool take_marker(Reader *reader) {
    do {
        if (!take_marker_atom(reader))
            return false;
    } while (take_word(reader, "and") || take_word(reader, "or"));
    return true;
}

/* ---- the whole ---- */

static bool take_extras(Reader *reader) {
    if (!take(reader, '['))
        return true;
    if (take(reader, ']'))
        return true;
    do {
        if (!take_name(reader, "the name of an extra"))
            return false;
    } while (take(reader, ','));
    return take(reader, ']') || fail(reader, "]");
}

/* A URL ends at a blank; only behind one a semicolon is a marker's. */
static bool take_url(Reader *reader) {
    blanks(reader);
    gsize length = strcspn(reader->at, " \t\n");
    if (length == 0)
        return fail(reader, "a URL");
    reader->at += length;
    return true;
}

static bool take_versions(Reader *reader) {
    if (!take(reader, '('))
        return take_specifiers(reader);
    return take_specifiers(reader) && (take(reader, ')') || fail(reader, "a closing parenthesis"));
}

static bool take_requirement(Reader *reader, bool *url) {
    if (!take_name(reader, "the name of a package") || !take_extras(reader))
        return false;
    bool direct = take(reader, '@');
    if (url != NULL)
        *url = direct;
    if (direct ? !take_url(reader) : !take_versions(reader))
        return false;
    if (take(reader, ';') && !take_marker(reader))
        return false;
    blanks(reader);
    return *reader->at == '\0' || fail(reader, "its end");
}

char *package_requirement_problem(const char *text, bool *url) {
    Reader reader = {.at = text};
    (void)take_requirement(&reader, url);
    return reader.problem;
}

/* Parts between commas may be empty, as in `packaging`. */
char *package_specifiers_problem(const char *text) {
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        Reader reader = {.at = parts[i]};
        blanks(&reader);
        if (*reader.at == '\0')
            continue;
        bool right = take_specifier(&reader);
        blanks(&reader);
        if (!right || *reader.at != '\0') {
            (void)fail(&reader, "a comma");
            return reader.problem;
        }
    }
    return NULL;
}
