#include "docs/mentions.h"

#include <string.h>

static void mention_free(Mention *mention) {
    g_free(mention->value);
    g_free(mention);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool has_ending(const char *name, const char *const *endings) {
    for (guint i = 0; endings[i] != NULL; i++) {
        if (g_str_has_suffix(name, endings[i]))
            return true;
    }
    return false;
}

bool docs_mentions_is_doc(const char *path) {
    static const char *const endings[] = {".md", ".rst", ".markdown", ".adoc", NULL};
    const char *name = base_name(path);
    bool text = has_ending(name, endings);
    bool first = name == path && (g_str_has_prefix(name, "README") || g_str_has_prefix(name, "INSTALL"));
    return first || (text && (g_str_has_prefix(path, "docs/") || g_str_has_prefix(path, "doc/")));
}

/* What programs write or lock is full of versions of others; so is what people write about. */
static bool is_written_at_top(const char *path) {
    static const char *const others[] = {".sum", ".svg", ".png", ".html", ".css", ".md", ".rst", ".adoc", ".txt", ".po", ".pot", NULL};
    static const char *const texts[] = {"lock", "change", "news", "history", "release", "upgrad", "licen", "copying", "notice"};
    g_autofree char *lower = g_ascii_strdown(path, -1);
    bool text = false;
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        text = text || strstr(lower, texts[i]) != NULL;
    return !text && strchr(path, '/') == NULL && *path != '.' && !has_ending(lower, others);
}

bool docs_mentions_is_version_file(const char *path) {
    static const char *const data[] = {".json", ".lock", ".svg", ".png", ".snap", ".html", ".css", ".md", ".rst", ".adoc", NULL};
    const char *name = base_name(path);
    g_autofree char *lower = strlen(name) < 60 ? g_ascii_strdown(name, -1) : g_strdup("");
    return is_written_at_top(path) || (strstr(lower, "version") != NULL && !has_ending(name, data));
}

bool docs_mentions_is_version_alone(const char *path) {
    const char *name = base_name(path);
    name += strspn(name, "_");
    return g_ascii_strncasecmp(name, "version", 7) == 0 && (name[7] == '.' || name[7] == '\0') && strchr(name, '.') == strrchr(name, '.');
}

/* N.N.N with what may hang on it; its length, 0: none is here. */
static gsize version_length(const char *at, const char *end) {
    const char *p = at;
    for (guint part = 0; part < 3; part++) {
        const char *digits = p;
        while (p < end && g_ascii_isdigit(*p))
            p++;
        if (p == digits || p - digits > 9)
            return 0;
        if (part < 2 && (p >= end || *p++ != '.'))
            return 0;
    }
    if (p + 1 < end && *p == '.' && g_ascii_isdigit(p[1]))
        return 0; /* four numbers: an address, or another program's version */
    if (p + 1 < end && (*p == '-' || g_ascii_isalpha(*p)) && g_ascii_isalpha(p[*p == '-' ? 1 : 0])) {
        const char *pre = p + 1;
        while (pre < end && (g_ascii_isalnum(*pre) || *pre == '.' || *pre == '-'))
            pre++;
        while (pre > p && !g_ascii_isalnum(pre[-1]))
            pre--;
        static const char *const words[] = {"rc", "a", "b", "alpha", "beta", "dev", "pre"};
        const char *word = *p == '-' ? p + 1 : p;
        for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
            gsize length = strlen(words[i]);
            bool known = (gsize)(pre - word) >= length && strncmp(word, words[i], length) == 0 && (word + length == pre || !g_ascii_isalpha(word[length]));
            if (known)
                return (gsize)(pre - at);
        }
    }
    return (gsize)(p - at);
}

typedef struct {
    GPtrArray *found;
    const char *text, *counted;
    guint line;
    const char *line_start;
} Collector;

static void collect(Collector *collector, const char *at, gsize length) {
    for (; collector->counted < at; collector->counted++) {
        if (*collector->counted != '\n')
            continue;
        collector->line++;
        collector->line_start = collector->counted + 1;
    }
    Mention *mention = g_new0(Mention, 1);
    *mention = (Mention){.value = g_strndup(at, length), .line = collector->line, .column = (guint)(at - collector->line_start) + 1};
    g_ptr_array_add(collector->found, mention);
}

static Collector begin(const char *text) {
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)mention_free);
    return (Collector){.found = found, .text = text, .counted = text, .line = 1, .line_start = text};
}

static bool says_version(const char *line, const char *end) {
    for (const char *p = line; p + 7 <= end; p++) {
        if (g_ascii_strncasecmp(p, "version", 7) == 0)
            return true;
    }
    return false;
}

GPtrArray *docs_mentions_by_word(GBytes *bytes) {
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    Collector collector = begin(text);
    for (const char *line = text, *stop = text + size; line < stop;) {
        const char *newline = memchr(line, '\n', (gsize)(stop - line));
        const char *end = newline != NULL ? newline : stop;
        for (const char *p = line; p < end && says_version(line, end); p++) {
            bool start = g_ascii_isdigit(*p) && (p == line || (!g_ascii_isalnum(p[-1]) && p[-1] != '.') || p[-1] == 'v');
            gsize length = start ? version_length(p, end) : 0;
            if (length == 0)
                continue;
            collect(&collector, p, length);
            break;
        }
        line = end + 1;
    }
    return collector.found;
}

/* What joins a name and its version in an instruction. */
static gsize joint_length(const char *at, const char *end) {
    static const char *const joints[] = {"==", "@v", "@", ":v", ":", "-v", "-", "~=", " = \"", " = '", "=\"", "/v", "/"};
    for (guint i = 0; i < G_N_ELEMENTS(joints); i++) {
        gsize length = strlen(joints[i]);
        if ((gsize)(end - at) > length && memcmp(at, joints[i], length) == 0 && g_ascii_isdigit(at[length]))
            return length;
    }
    return 0;
}

static void find_name(Collector *collector, gsize size, const char *name) {
    const char *end = collector->text + size;
    gsize length = strlen(name);
    const char *at = collector->text;
    while (length > 1 && (at = memmem(at, (gsize)(end - at), name, length)) != NULL) {
        bool whole = at == collector->text || (!g_ascii_isalnum(at[-1]) && at[-1] != '-' && at[-1] != '_' && at[-1] != '.');
        const char *behind = at + length;
        gsize joint = whole ? joint_length(behind, end) : 0;
        gsize version = joint > 0 ? version_length(behind + joint, end) : 0;
        if (version > 0)
            collect(collector, behind + joint, version);
        at = behind;
    }
}

GPtrArray *docs_mentions_by_name(GBytes *bytes, const char *const *names) {
    gsize size = 0;
    const char *text = g_bytes_get_data(bytes, &size);
    Collector collector = begin(text);
    for (guint i = 0; names[i] != NULL; i++) {
        collector.counted = collector.line_start = text;
        collector.line = 1;
        find_name(&collector, size, names[i]);
    }
    return collector.found;
}
