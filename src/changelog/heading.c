#include "changelog/heading.h"

#include <string.h>

#define DATE_LIMIT 40

/* ---- days ---- */

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};

/* 1 to 12 by its name or its first three letters; 0: no month. */
static guint month_of(const char *word, gsize length) {
    for (guint i = 0; length >= 3 && i < G_N_ELEMENTS(months); i++) {
        gsize full = strlen(months[i]);
        bool matches = g_ascii_strncasecmp(word, months[i], MIN(length, full)) == 0;
        if (matches && (length == 3 || length == full || (length == 4 && i == 8)))
            return i + 1;
    }
    return 0;
}

static bool is_ordinal(const char *word, gsize length) {
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (guint i = 0; length == 2 && i < G_N_ELEMENTS(endings); i++) {
        if (g_ascii_strncasecmp(word, endings[i], 2) == 0)
            return true;
    }
    return false;
}

typedef struct {
    guint numbers[3], widths[3], count; /* in the order they stand in */
    guint month;                        /* by name; 0: none */
    gsize length;
} Day;

static bool read_number(const char *text, gsize *at, Day *day) {
    gsize width = strspn(text + *at, "0123456789");
    if (day->count == 3 || width > 4 || width == 3)
        return false;
    day->widths[day->count] = (guint)width;
    day->numbers[day->count++] = (guint)g_ascii_strtoull(text + *at, NULL, 10);
    *at += width;
    return true;
}

static bool read_word(const char *text, gsize *at, Day *day) {
    gsize width = 0;
    while (g_ascii_isalpha(text[*at + width]))
        width++;
    guint month = month_of(text + *at, width);
    bool after_number = *at > 0 && g_ascii_isdigit(text[*at - 1]);
    if (month != 0 && day->month == 0)
        day->month = month;
    else if (!after_number || !is_ordinal(text + *at, width))
        return false;
    *at += width;
    return true;
}

static bool is_complete(const Day *day) {
    return day->count + (day->month != 0 ? 1 : 0) == 3;
}

/* The day at the start of the text: three parts, divided by single marks and blanks. */
static bool read_day(const char *text, Day *day) {
    *day = (Day){0};
    gsize at = 0;
    while (at < DATE_LIMIT) {
        bool digit = g_ascii_isdigit(text[at]);
        bool taken = digit ? read_number(text, &at, day) : g_ascii_isalpha(text[at]) && read_word(text, &at, day);
        if (!taken)
            break;
        day->length = at;
        if (is_complete(day) && !g_ascii_isalpha(text[at]))
            break;
        bool ordinal = g_ascii_isalpha(text[at]);
        gsize between = ordinal ? 0 : strspn(text + at, " ,-./");
        if (!ordinal && (between == 0 || between > 2))
            break;
        at += between;
    }
    bool named = day->month != 0 && day->count == 2 && day->widths[1] == 4 && day->widths[0] <= 2;
    bool plain = day->month == 0 && day->count == 3 && day->widths[0] == 4 && day->widths[1] <= 2 && day->widths[2] <= 2;
    bool ends = !g_ascii_isalnum(text[day->length]);
    return (named || plain) && ends;
}

char *heading_iso_date(const char *text, gsize length) {
    g_autofree char *copy = g_strndup(text, length);
    Day day;
    if (!read_day(copy, &day) || day.length != length)
        return NULL;
    guint year = day.month != 0 ? day.numbers[1] : day.numbers[0];
    guint month = day.month != 0 ? day.month : day.numbers[1];
    guint of_month = day.month != 0 ? day.numbers[0] : day.numbers[2];
    if (!g_date_valid_dmy((GDateDay)of_month, (GDateMonth)month, (GDateYear)year))
        return NULL;
    return g_strdup_printf("%04u-%02u-%02u", year, month, of_month);
}

static const char *ordinal_of(guint day) {
    if (day % 100 >= 11 && day % 100 <= 13)
        return "th";
    return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

char *heading_date_like(const char *model, const char *iso) {
    Day form, wanted;
    if (!read_day(iso, &wanted) || wanted.month != 0 || wanted.numbers[1] < 1 || wanted.numbers[1] > 12 || !read_day(model, &form))
        return g_strdup(iso);
    guint year = wanted.numbers[0], month = wanted.numbers[1], day = wanted.numbers[2];
    GString *out = g_string_new(NULL);
    guint number = 0;
    for (gsize at = 0; at < form.length;) {
        gsize digits = strspn(model + at, "0123456789");
        gsize letters = 0;
        while (g_ascii_isalpha(model[at + letters]))
            letters++;
        const guint plain[] = {year, month, day}, named[] = {day, year};
        if (digits > 0)
            g_string_append_printf(out, "%0*u",
                                   (int)(digits == 1                                          ? 1
                                         : form.month != 0 && model[at] != '0' && digits == 2 ? 1
                                                                                              : (gsize)digits),
                                   form.month != 0 ? named[MIN(number, 1)] : plain[MIN(number, 2)]);
        else if (letters > 0 && month_of(model + at, letters) != 0)
            g_string_append_len(out, months[month - 1], letters == 3 && form.month != 5 ? 3 : -1);
        else if (letters > 0)
            g_string_append(out, ordinal_of(day));
        else
            g_string_append_c(out, model[at]);
        number += digits > 0 ? 1 : 0;
        at += digits + letters > 0 ? digits + letters : 1;
    }
    return g_string_free(out, FALSE);
}

/* ---- versions ---- */

/* Numbers with at least one dot, and what may hang on them. */
static const char version_form[] = "^[0-9]+\\.[0-9]+(?:\\.[0-9]+)*(?:[-.]?(?:a|b|c|rc|alpha|beta|dev|post|pre|preview)[-.0-9]*[0-9A-Za-z.+-]*|"
                                   "[-+][0-9A-Za-z.+-]+)?(?![0-9A-Za-z.])";

static gsize version_length(const char *text) {
    static GRegex *form;
    static gsize made;
    if (g_once_init_enter(&made)) {
        form = g_regex_new(version_form, G_REGEX_OPTIMIZE, 0, NULL);
        g_once_init_leave(&made, 1);
    }
    g_autoptr(GMatchInfo) match = NULL;
    gint start = 0, end = 0;
    if (!g_ascii_isdigit(*text) || !g_regex_match(form, text, 0, &match) || !g_match_info_fetch_pos(match, 0, &start, &end))
        return 0;
    return (gsize)end;
}

static gsize skip_blanks(const char *text, gsize at) {
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    return at;
}

static bool begins(const char *text, const char *word) {
    return g_ascii_strncasecmp(text, word, strlen(word)) == 0;
}

/* What may stand between a heading's start and its version: "Version ", "Release ", "Changelog for ", or the project's own name, which is any one word. */
static gsize lead_in(const char *text, bool *any_word) {
    static const char *const words[] = {"version ", "release ", "changelog for ", "changes in ", "changes for "};
    *any_word = false;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (begins(text, words[i]))
            return strlen(words[i]);
    }
    gsize at = 0;
    while (g_ascii_isalnum(text[at]) || text[at] == '_' || text[at] == '-' || text[at] == '.')
        at++;
    gsize next = at > 0 && g_ascii_isalpha(*text) && text[at] == ' ' ? skip_blanks(text, at) : 0;
    bool version_next = next > 0 && version_length(text + next + (text[next] == 'v' ? 1 : 0)) > 0;
    *any_word = version_next;
    return version_next ? next : 0;
}

/* Behind a version stands nothing, or a mark, a day, a word about its being out: "2.0 migration guide" is no release. */
static bool may_follow(const char *rest) {
    gsize at = skip_blanks(rest, 0);
    Day day;
    if (rest[at] == '\0' || strchr("-([/:,|@\"*_~", rest[at]) != NULL)
        return true;
    static const char *const words[] = {"released", "unreleased", "tbd", "\xe2\x80\x93", "\xe2\x80\x94"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (begins(rest + at, words[i]))
            return true;
    }
    return read_day(rest + at, &day);
}

static void find_date(const char *text, gsize from, Heading *heading) {
    for (gsize at = from; text[at] != '\0'; at++) {
        bool start = g_ascii_isalnum(text[at]) && (at == 0 || !g_ascii_isalnum(text[at - 1]));
        bool inside = heading->url.length > 0 && at >= heading->url.offset && at < heading->url.offset + heading->url.length;
        Day day;
        if (!start || inside || !read_day(text + at, &day))
            continue;
        heading->date = (HeadingPart){.offset = at, .length = day.length};
        return;
    }
}

static bool says_unreleased(const char *text, gsize from) {
    g_autofree char *lower = g_ascii_strdown(text + from, -1);
    return strstr(lower, "unreleased") != NULL || strstr(lower, "not released") != NULL || strstr(lower, "- tbd") != NULL || strstr(lower, "(tbd)") != NULL ||
           strstr(lower, "/ tbd") != NULL || strstr(lower, "released ???") != NULL;
}

static bool read_version(const char *text, Heading *heading) {
    bool any_word = false;
    gsize at = lead_in(text, &any_word);
    bool bracket = text[at] == '[';
    at += bracket ? 1 : 0;
    gsize label = at;
    at += (text[at] == 'v' || text[at] == 'V') && g_ascii_isdigit(text[at + 1]) ? 1 : 0;
    gsize length = version_length(text + at);
    if (length == 0)
        return false;
    heading->version = (HeadingPart){.offset = at, .length = length};
    heading->label = (HeadingPart){.offset = label, .length = at + length - label};
    at += length;
    if (bracket && text[at] != ']')
        return false;
    at += bracket ? 1 : 0;
    gsize close = bracket && text[at] == '(' ? strcspn(text + at, ")") : 0;
    if (close > 1) {
        heading->url = (HeadingPart){.offset = at + 1, .length = close - 1};
        at += close + (text[at + close] == ')' ? 1 : 0);
    }
    heading->brackets = bracket && heading->url.length == 0;
    if (!may_follow(text + at))
        return false;
    heading->yanked = strstr(text + at, "YANKED") != NULL || strstr(text + at, "[yanked]") != NULL;
    find_date(text, at, heading);
    heading->unreleased = heading->date.length == 0 && says_unreleased(text, at);
    return !any_word || text[at] == '\0' || heading->date.length > 0 || heading->unreleased;
}

/* ---- what is not out yet ---- */

static bool read_unreleased(const char *text, Heading *heading) {
    static const char *const starts[] = {"unreleased", "upcoming", "next release", "next version", "vnext"};
    static const char *const whole[] = {"tbd", "dev", "next", "head", "in development", "development", "main", "master"};
    gsize from = *text == '[' ? 1 : 0;
    const char *word = text + from;
    for (guint i = 0; i < G_N_ELEMENTS(starts); i++) {
        gsize length = strlen(starts[i]);
        if (!begins(word, starts[i]) || g_ascii_isalnum(word[length]))
            continue;
        heading->label = (HeadingPart){.offset = from, .length = length};
        heading->brackets = from == 1;
        return true;
    }
    gsize length = strcspn(word, "]([");
    while (length > 0 && word[length - 1] == ' ')
        length--;
    for (guint i = 0; i < G_N_ELEMENTS(whole); i++) {
        bool alone = length == strlen(whole[i]) && begins(word, whole[i]);
        bool said = says_unreleased(text, 0);
        if (!alone || (g_ascii_strcasecmp(whole[i], "main") == 0 && !said) || (g_ascii_strcasecmp(whole[i], "master") == 0 && !said))
            continue;
        heading->label = (HeadingPart){.offset = from, .length = length};
        heading->brackets = from == 1 && word[length] == ']';
        return true;
    }
    return false;
}

bool heading_read(const char *text, Heading *heading) {
    *heading = (Heading){0};
    if (read_unreleased(text, heading)) {
        heading->unreleased = true;
        return true;
    }
    *heading = (Heading){0};
    return read_version(text, heading);
}
