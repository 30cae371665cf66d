#include "base/text.h"

#include "base/fs.h"
#include "base/process.h"

#include <string.h>

#define DIFF_SECONDS 60
#define TAIL_COLUMNS 500

/* Unicode's Default_Ignorable_Code_Point, as far as the categories below do not name it: letters and marks that nobody sees. */
static bool is_unseen(gunichar c) {
    static const gunichar ranges[][2] = {{0x034f, 0x034f}, {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},  {0x3164, 0x3164},
                                         {0xfe00, 0xfe0f}, {0xffa0, 0xffa0}, {0x16fe4, 0x16fe4}, {0xe0000, 0xe0fff}};
    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    }
    return false;
}

bool text_is_harmful(gunichar c) {
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
        return true;
    default:
        return is_unseen(c);
    }
}

static bool is_emoji(gunichar c) {
    return g_unichar_type(c) == G_UNICODE_OTHER_SYMBOL || (c >= 0x1f3fb && c <= 0x1f3ff);
}

/* Scripts whose words are written with joiners (Unicode 15, chapters 9, 12, 13 and 16). */
static bool is_joined_script(gunichar c) {
    switch (g_unichar_get_script(c)) {
    case G_UNICODE_SCRIPT_ARABIC:
    case G_UNICODE_SCRIPT_SYRIAC:
    case G_UNICODE_SCRIPT_MONGOLIAN:
    case G_UNICODE_SCRIPT_DEVANAGARI:
    case G_UNICODE_SCRIPT_BENGALI:
    case G_UNICODE_SCRIPT_GURMUKHI:
    case G_UNICODE_SCRIPT_GUJARATI:
    case G_UNICODE_SCRIPT_ORIYA:
    case G_UNICODE_SCRIPT_TAMIL:
    case G_UNICODE_SCRIPT_TELUGU:
    case G_UNICODE_SCRIPT_KANNADA:
    case G_UNICODE_SCRIPT_MALAYALAM:
    case G_UNICODE_SCRIPT_SINHALA:
    case G_UNICODE_SCRIPT_KHMER:
    case G_UNICODE_SCRIPT_MYANMAR:
        return true;
    default:
        return false;
    }
}

bool text_is_needed(gunichar before, gunichar c) {
    switch (c) {
    case 0xfe0e:
    case 0xfe0f:
        return is_emoji(before);
    case 0x200d:
        return is_emoji(before) || before == 0xfe0f || is_joined_script(before);
    case 0x200c:
        return is_joined_script(before);
    default:
        return false;
    }
}

void text_add_escape(GString *out, gunichar c) {
    g_string_append_printf(out, c > 0xffff ? "\\u{%x}" : "\\u%04x", c);
}

/* The length of an escape sequence that begins at p (ECMA-48: CSI, OSC and the like, or two bytes). */
static gsize escape_length(const char *p, gsize left) {
    if (left < 2)
        return left;
    gsize i = 2;
    if (p[1] == '[') {
        while (i < left && (guchar)p[i] >= 0x20 && (guchar)p[i] < 0x40)
            i++;
        return MIN(i + 1, left);
    }
    if (strchr("]PX^_", p[1]) == NULL)
        return 2;
    while (i < left && p[i] != '\a' && p[i] != '\n' && !(p[i] == '\033' && i + 1 < left && p[i + 1] == '\\'))
        i++;
    if (i < left && p[i] == '\033')
        return i + 2;
    return i < left && p[i] == '\a' ? i + 1 : i;
}

/* The letter that `out` ends with; 0: none. */
static gunichar last_letter(const GString *out) {
    const char *at = g_utf8_find_prev_char(out->str, out->str + out->len);
    return at != NULL ? g_utf8_get_char(at) : 0;
}

static gsize append_one(GString *out, const char *p, gsize left, bool keep_newlines) {
    if (*p == '\033')
        return escape_length(p, left);
    if (*p == '\t' || (*p == '\n' && keep_newlines)) {
        g_string_append_c(out, *p);
        return 1;
    }
    gunichar c = g_utf8_get_char_validated(p, (gssize)left);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        g_string_append_printf(out, "\\x%02x", (guchar)*p);
        return 1;
    }
    gsize length = (gsize)(g_utf8_next_char(p) - p);
    if (!text_is_harmful(c) || (keep_newlines && text_is_needed(last_letter(out), c)))
        g_string_append_len(out, p, (gssize)length);
    else if (c == '\n')
        g_string_append(out, "\\n");
    else if (c != '\r' && c < 0x100)
        g_string_append_printf(out, "\\x%02x", c);
    else if (c != '\r')
        text_add_escape(out, c);
    return length;
}

char *text_escape(const char *text, gssize length, bool keep_newlines) {
    gsize size = text == NULL ? 0 : length < 0 ? strlen(text) : (gsize)length;
    GString *out = g_string_sized_new(size);
    for (gsize i = 0; i < size;)
        i += append_one(out, text + i, size - i, keep_newlines);
    return g_string_free(out, FALSE);
}

/* A minified file on one line is not what a person can read. line: escaped, hence UTF-8. */
static void append_bounded(GString *out, const char *indent, const char *line) {
    glong length = g_utf8_strlen(line, -1);
    if (length <= TAIL_COLUMNS) {
        g_string_append_printf(out, "%s%s\n", indent, line);
        return;
    }
    const char *end = g_utf8_offset_to_pointer(line, TAIL_COLUMNS);
    g_string_append_printf(out, "%s%.*s… and %ld more in this line\n", indent, (int)(end - line), line, length - TAIL_COLUMNS);
}

char *text_tail(const char *text, gsize length, guint lines, const char *indent) {
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    gsize start = length;
    for (guint seen = 0; start > 0; start--) {
        if (text[start - 1] == '\n' && ++seen == lines)
            break;
    }
    g_autofree char *clean = text_escape(text + start, (gssize)(length - start), true);
    g_auto(GStrv) parts = g_strsplit(clean, "\n", -1);
    GString *out = g_string_new(NULL);
    for (guint i = 0; parts[i] != NULL && length > 0; i++)
        append_bounded(out, indent, parts[i]);
    return g_string_free(out, FALSE);
}

static bool put_side(const char *folder, const char *side, GBytes *bytes) {
    g_autofree char *path = g_build_filename(folder, side, NULL);
    return fs_write(path, bytes, 0600, NULL);
}

/* git's own diff, on two files of a scratch folder; the header's names are the file's, not the scratch folder's. */
static char *diff_by_git(const char *folder, bool is_new) {
    const char *argv[] = {"git",           "-c",     "core.quotePath=false",          "diff",  "--no-index", "--no-color", "--no-ext-diff",
                          "--no-textconv", "--text", is_new ? "/dev/null" : "before", "after", NULL};
    /* Where temporary folders are below some repository, it has no say. */
    static const char *const leading[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG_PARAMETERS"};
    g_autofree char *above = g_path_get_dirname(folder);
    g_auto(GStrv) env = g_environ_setenv(process_git_env(), "GIT_CEILING_DIRECTORIES", above, TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(leading); i++)
        env = g_environ_unsetenv(g_steal_pointer(&env), leading[i]);
    ProcessSpec spec = {.argv = argv, .env = (const char *const *)env, .cwd = folder, .capture = 1 << 24, .timeout_seconds = DIFF_SECONDS, .planned = true};
    g_auto(ProcessResult) result = {0};
    if (!process_run(&spec, &result, NULL) || result.cut || (result.exit_status != 0 && result.exit_status != 1))
        return NULL;
    const char *hunks = strstr(process_text(result.out), "\n@@ ");
    return g_strdup(hunks != NULL ? hunks + 1 : "");
}

char *text_diff(const char *path, GBytes *before, GBytes *after) {
    g_autofree char *shown = text_escape(path, -1, false);
    g_autofree char *folder = fs_make_temp_dir("slipway-diff", NULL);
    if (folder == NULL)
        return g_strdup_printf("(no diff of %s: no temporary folder)\n", shown);
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
    bool ready = put_side(folder, "before", before != NULL ? before : empty) && put_side(folder, "after", after != NULL ? after : empty);
    g_autofree char *hunks = ready ? diff_by_git(folder, before == NULL) : NULL;
    fs_remove_tree(folder, NULL);
    g_autofree char *clean = text_escape(hunks != NULL ? hunks : "(git could not compare)\n", -1, true);
    return g_strdup_printf("--- %s%s\n+++ %s%s\n%s", before != NULL ? "a/" : "/dev/null", before != NULL ? shown : "", after != NULL ? "b/" : "/dev/null",
                           after != NULL ? shown : "", clean);
}

char *text_duration(double seconds) {
    if (seconds < 10)
        return g_strdup_printf("%d.%d s", (int)seconds, (int)(seconds * 10) % 10);
    if (seconds < 60)
        return g_strdup_printf("%d s", (int)seconds);
    if (seconds < 3600 && (int)seconds % 60 == 0)
        return g_strdup_printf("%d min", (int)seconds / 60);
    if (seconds < 3600)
        return g_strdup_printf("%d min %d s", (int)seconds / 60, (int)seconds % 60);
    return g_strdup_printf("%d h %d min", (int)seconds / 3600, (int)seconds / 60 % 60);
}

/* Letters that are lost, put in, wrong, or in each other's place (the commonest slip). */
static guint edit_distance(const char *a, const char *b) {
    gsize width = strlen(b) + 1;
    g_autofree guint *rows = g_new0(guint, 3 * width);
    guint *before = rows, *last = rows + width, *row = rows + 2 * width;
    for (gsize k = 0; k < width; k++)
        row[k] = (guint)k;
    for (gsize i = 0; a[i] != '\0'; i++) {
        guint *free_row = before;
        before = last, last = row, row = free_row;
        row[0] = (guint)i + 1;
        for (gsize k = 1; k < width; k++) {
            bool swapped = i > 0 && k > 1 && a[i] == b[k - 2] && a[i - 1] == b[k - 1];
            row[k] = MIN(last[k - 1] + (a[i] == b[k - 1] ? 0 : 1), MIN(last[k], row[k - 1]) + 1);
            row[k] = swapped ? MIN(row[k], before[k - 2] + 1) : row[k];
        }
    }
    return row[width - 1];
}

const char *text_nearest(const char *word, const char *const *known) {
    const char *best = NULL;
    guint best_distance = (guint)strlen(word) / 3 + 2;
    for (guint i = 0; known[i] != NULL && strlen(word) < 100; i++) {
        guint distance = edit_distance(word, known[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = known[i];
        }
    }
    return best;
}

char *text_command(const char *const *argv) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; argv[i] != NULL; i++) {
        bool plain = *argv[i] != '\0' && strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_{}") == strlen(argv[i]);
        g_autofree char *clean = text_escape(argv[i], -1, false);
        g_autofree char *word = plain ? g_strdup(clean) : g_shell_quote(clean);
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", word);
    }
    return g_string_free(out, FALSE);
}
