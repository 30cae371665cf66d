#include "version/pep440.h"

#include "base/error.h"

#include <string.h>

void pep440_free(Pep440 *version) {
    char *texts[] = {version->epoch, version->pre_word, version->pre, version->post, version->dev};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_clear_pointer(&version->release, g_ptr_array_unref);
    g_clear_pointer(&version->local, g_ptr_array_unref);
    g_free(version);
}

/* ---- reading ---- */

typedef struct {
    const char *text, *at;
} Reader;

static bool bad(const Reader *reader, const char *why, GError **error) {
    g_autofree char *shown = g_utf8_make_valid(reader->text, (gssize)strnlen(reader->text, 256));
    error_set(error, ERROR_BAD_VERSION, "'%s' is not a version by PEP 440", shown);
    error_why(error, "at character %" G_GSIZE_FORMAT ": %s", (gsize)(reader->at - reader->text) + 1, why);
    error_state(error, "nothing was changed");
    error_fix(error, "use N.N.N with what PEP 440 allows behind it, as in 1.2.0rc1");
    return false;
}

/* Digits as a number: without leading zeros. NULL: none stand here. */
static char *read_digits(Reader *reader) {
    gsize length = strspn(reader->at, "0123456789");
    if (length == 0)
        return NULL;
    const char *start = reader->at;
    reader->at += length;
    while (length > 1 && *start == '0') {
        start++;
        length--;
    }
    return g_strndup(start, length);
}

static bool is_separator(char c) {
    return c == '.' || c == '-' || c == '_';
}

/* [sep]WORD[sep][N] with the longest of the words; *number is "0" where none is written. */
static const char *read_suffix(Reader *reader, const char *const *words, char **number) {
    const char *start = reader->at + (is_separator(*reader->at) ? 1 : 0);
    for (guint i = 0; words[i] != NULL; i++) {
        gsize length = strlen(words[i]);
        if (g_ascii_strncasecmp(start, words[i], length) != 0)
            continue;
        reader->at = start + length;
        reader->at += is_separator(*reader->at) ? 1 : 0;
        *number = read_digits(reader);
        if (*number == NULL)
            *number = g_strdup("0");
        return words[i];
    }
    return NULL;
}

static bool read_release(Reader *reader, Pep440 *version, GError **error) {
    version->release = g_ptr_array_new_with_free_func(g_free);
    char *number = read_digits(reader);
    if (number == NULL)
        return bad(reader, "a number is wanted here", error);
    if (*reader->at == '!') {
        version->epoch = number;
        reader->at++;
        number = read_digits(reader);
        if (number == NULL)
            return bad(reader, "a number is wanted here", error);
    }
    g_ptr_array_add(version->release, number);
    while (*reader->at == '.' && g_ascii_isdigit(reader->at[1])) {
        reader->at++;
        g_ptr_array_add(version->release, read_digits(reader));
    }
    if (version->epoch == NULL)
        version->epoch = g_strdup("0");
    return true;
}

static void read_pre(Reader *reader, Pep440 *version) {
    static const char *const words[] = {"alpha", "beta", "preview", "pre", "rc", "a", "b", "c", NULL};
    const char *word = read_suffix(reader, words, &version->pre);
    if (word != NULL)
        version->pre_word = g_strdup(*word == 'a' ? "a" : *word == 'b' ? "b" : "rc");
}

/* "-N" alone is a post release, too. */
static void read_post(Reader *reader, Pep440 *version) {
    static const char *const words[] = {"post", "rev", "r", NULL};
    if (*reader->at == '-' && g_ascii_isdigit(reader->at[1])) {
        reader->at++;
        version->post = read_digits(reader);
    } else
        read_suffix(reader, words, &version->post);
}

static bool read_local(Reader *reader, Pep440 *version, GError **error) {
    version->local = g_ptr_array_new_with_free_func(g_free);
    do {
        reader->at++;
        gsize length = 0;
        while (g_ascii_isalnum(reader->at[length]))
            length++;
        if (length == 0)
            return bad(reader, "letters or digits are wanted here", error);
        g_autofree char *part = g_ascii_strdown(reader->at, (gssize)length);
        Reader digits = {.text = part, .at = part};
        bool number = strspn(part, "0123456789") == length;
        g_ptr_array_add(version->local, number ? read_digits(&digits) : g_steal_pointer(&part));
        reader->at += length;
    } while (is_separator(*reader->at));
    return true;
}

/* What Python's str.strip() would: the specification allows white space around, which packaging takes as \s. */
static gsize blank_length(const char *text) {
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
                                       "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    guchar c = (guchar)*text;
    if ((c >= 9 && c <= 13) || c == ' ' || (c >= 0x1c && c <= 0x1f))
        return 1;
    for (guint i = 0; c >= 0x80 && i < G_N_ELEMENTS(wide); i++) {
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    }
    return 0;
}

static void skip_blanks(Reader *reader) {
    for (gsize length; (length = blank_length(reader->at)) > 0;)
        reader->at += length;
}

static bool read_all(Reader *reader, Pep440 *version, GError **error) {
    static const char *const dev[] = {"dev", NULL};
    if (strnlen(reader->text, PEP440_LENGTH_LIMIT + 1) > PEP440_LENGTH_LIMIT)
        return bad(reader, "it is longer than 4096 characters", error);
    skip_blanks(reader);
    reader->at += *reader->at == 'v' || *reader->at == 'V' ? 1 : 0;
    if (!read_release(reader, version, error))
        return false;
    read_pre(reader, version);
    read_post(reader, version);
    read_suffix(reader, dev, &version->dev);
    if (*reader->at == '+' && !read_local(reader, version, error))
        return false;
    skip_blanks(reader);
    return *reader->at == '\0' || bad(reader, "nothing more is wanted here", error);
}

Pep440 *pep440_parse(const char *text, GError **error) {
    g_autoptr(Pep440) version = g_new0(Pep440, 1);
    Reader reader = {.text = text, .at = text};
    return read_all(&reader, version, error) ? g_steal_pointer(&version) : NULL;
}

/* ---- writing ---- */

char *pep440_to_string(const Pep440 *version) {
    GString *out = g_string_new(NULL);
    if (!g_str_equal(version->epoch, "0"))
        g_string_append_printf(out, "%s!", version->epoch);
    for (guint i = 0; i < version->release->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? "." : "", (const char *)g_ptr_array_index(version->release, i));
    if (version->pre != NULL)
        g_string_append_printf(out, "%s%s", version->pre_word, version->pre);
    if (version->post != NULL)
        g_string_append_printf(out, ".post%s", version->post);
    if (version->dev != NULL)
        g_string_append_printf(out, ".dev%s", version->dev);
    for (guint i = 0; version->local != NULL && i < version->local->len; i++)
        g_string_append_printf(out, "%c%s", i == 0 ? '+' : '.', (const char *)g_ptr_array_index(version->local, i));
    return g_string_free(out, FALSE);
}

/* ---- comparing ---- */

/* Without leading zeros the longer number is the larger. */
static int compare_numbers(const char *a, const char *b) {
    gsize first = strlen(a), second = strlen(b);
    return first != second ? (first < second ? -1 : 1) : strcmp(a, b);
}

/* NULL sorts as `absent` says: -1 below all numbers, 1 above. */
static int compare_optional(const char *a, const char *b, int absent) {
    if (a == NULL || b == NULL)
        return a == b ? 0 : a == NULL ? absent : -absent;
    return compare_numbers(a, b);
}

static int compare_release(const GPtrArray *a, const GPtrArray *b) {
    for (guint i = 0; i < MAX(a->len, b->len); i++) {
        int order = compare_numbers(i < a->len ? g_ptr_array_index(a, i) : "0", i < b->len ? g_ptr_array_index(b, i) : "0");
        if (order != 0)
            return order;
    }
    return 0;
}

/* 1.0.dev1 stands before 1.0a1: a development release of nothing else comes before every pre-release. */
static int pre_class(const Pep440 *version) {
    if (version->pre != NULL)
        return 1;
    return version->post == NULL && version->dev != NULL ? 0 : 2;
}

static int compare_pre(const Pep440 *a, const Pep440 *b) {
    int first = pre_class(a), second = pre_class(b);
    if (first != second || first != 1)
        return first - second;
    int order = strcmp(a->pre_word, b->pre_word);
    return order != 0 ? order : compare_numbers(a->pre, b->pre);
}

/* Numbers stand above words; a longer list above its beginning; none at all below everything. */
static int compare_local(const GPtrArray *a, const GPtrArray *b) {
    if (a == NULL || b == NULL)
        return a == b ? 0 : a == NULL ? -1 : 1;
    for (guint i = 0; i < MIN(a->len, b->len); i++) {
        const char *first = g_ptr_array_index(a, i), *second = g_ptr_array_index(b, i);
        bool number = g_ascii_isdigit(*first) && strspn(first, "0123456789") == strlen(first);
        bool other = g_ascii_isdigit(*second) && strspn(second, "0123456789") == strlen(second);
        int order = number != other ? (number ? 1 : -1) : number ? compare_numbers(first, second) : strcmp(first, second);
        if (order != 0)
            return order;
    }
    return a->len == b->len ? 0 : a->len < b->len ? -1 : 1;
}

int pep440_compare(const Pep440 *a, const Pep440 *b) {
    int order = compare_numbers(a->epoch, b->epoch);
    order = order != 0 ? order : compare_release(a->release, b->release);
    order = order != 0 ? order : compare_pre(a, b);
    order = order != 0 ? order : compare_optional(a->post, b->post, -1);
    order = order != 0 ? order : compare_optional(a->dev, b->dev, 1);
    order = order != 0 ? order : compare_local(a->local, b->local);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool pep440_is_prerelease(const Pep440 *version) {
    return version->pre != NULL || version->dev != NULL;
}
