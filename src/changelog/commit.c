#include "changelog/commit.h"

#include <string.h>

#define SUBJECT_LIMIT 1000
#define FOOTER_LIMIT 4000
#define FOOTERS 200

void commit_free(Commit *commit) {
    char *texts[] = {commit->type,    commit->scope,        commit->subject,    commit->breaking, commit->pull,
                     commit->reverts, commit->reverts_text, commit->release_as, commit->upgrade};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(commit->issues);
    g_strfreev(commit->authors);
    g_free(commit);
}

static char *copy(const char *text, gsize length, gsize limit) {
    char *made = g_utf8_make_valid(text, (gssize)MIN(length, limit));
    return g_strstrip(made);
}

static gsize line_length(const char *text) {
    gsize length = strcspn(text, "\n");
    return length > 0 && text[length - 1] == '\r' ? length - 1 : length;
}

static const char *next_line(const char *text) {
    text += strcspn(text, "\n");
    return *text == '\n' ? text + 1 : text;
}

static bool is_blank(const char *line) {
    gsize length = line_length(line);
    return strspn(line, " \t\r") >= length;
}

/* ---- the first line ---- */

static bool is_type_char(char c) {
    return g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* "type(scope)!: " at the start of a line of this length: the length of it; 0: none. */
static gsize read_header(const char *line, gsize length, Commit *commit, bool *breaking) {
    gsize at = 0;
    while (at < length && is_type_char(line[at]))
        at++;
    gsize type = at;
    gsize scope = 0, scope_end = 0;
    if (type == 0 || !g_ascii_isalpha(line[0]))
        return 0;
    if (at < length && line[at] == '(') {
        scope = ++at;
        while (at < length && line[at] != ')' && line[at] != '(')
            at++;
        if (at >= length || line[at] != ')' || at == scope)
            return 0;
        scope_end = at++;
    }
    bool marked = at < length && line[at] == '!';
    at += marked ? 1 : 0;
    if (at + 1 >= length || line[at] != ':' || (line[at + 1] != ' ' && line[at + 1] != '\t'))
        return 0;
    *breaking = marked;
    commit->type = g_ascii_strdown(line, (gssize)type);
    if (scope_end > scope)
        commit->scope = copy(line + scope, scope_end - scope, SUBJECT_LIMIT);
    return at + 1;
}

/* A forge's squash title ends in "(#123)" or "(!45)"; a revert of one has two: the last is its own. */
static void take_pull(Commit *commit) {
    char *open = strrchr(commit->subject, '(');
    if (open == NULL || (open[1] != '#' && open[1] != '!'))
        return;
    gsize digits = strspn(open + 2, "0123456789");
    if (digits == 0 || digits > 18 || strcmp(open + 2 + digits, ")") != 0)
        return;
    commit->pull = g_strndup(open + 2, digits);
    *open = '\0';
    g_strchomp(commit->subject);
}

/* Revert "SUBJECT" and Reapply "SUBJECT": git's own words. */
static void take_quoted(Commit *commit, const char *word) {
    gsize length = strlen(word);
    if (strncmp(commit->subject, word, length) != 0)
        return;
    char *end = strrchr(commit->subject, '"');
    if (end == NULL || end < commit->subject + length)
        return;
    commit->reverts_text = g_strndup(commit->subject + length, (gsize)(end - commit->subject) - length);
}

static bool is_merge_text(const char *subject) {
    static const char *const words[] = {"Merge branch ",        "Merge branches ", "Merge remote-tracking branch ",
                                        "Merge pull request #", "Merge tag ",      "Merge commit "};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_has_prefix(subject, words[i]))
            return true;
    }
    return false;
}

static void read_first_line(const char *line, gsize length, Commit *commit, bool *breaking) {
    gsize header = read_header(line, length, commit, breaking);
    commit->subject = copy(line + header, length - header, SUBJECT_LIMIT);
    if (*commit->subject == '\0' && header > 0) {
        g_clear_pointer(&commit->type, g_free);
        g_clear_pointer(&commit->scope, g_free);
        g_free(commit->subject);
        commit->subject = copy(line, length, SUBJECT_LIMIT);
        *breaking = false;
    }
    take_pull(commit);
    take_quoted(commit, "Revert \"");
    if (commit->reverts_text != NULL && commit->type == NULL)
        commit->type = g_strdup("revert");
    if (commit->reverts_text == NULL)
        take_quoted(commit, "Reapply \"");
    if (commit->reverts_text == NULL && g_strcmp0(commit->type, "revert") == 0)
        commit->reverts_text = g_strdup(commit->subject);
}

/* GitHub's merge commits carry the pull request's title below their own first line: that is what the merge says. */
static const char *merge_title(const char *message, Commit *commit) {
    static const char words[] = "Merge pull request #";
    if (strncmp(message, words, sizeof words - 1) != 0)
        return NULL;
    const char *number = message + sizeof words - 1;
    gsize digits = strspn(number, "0123456789");
    const char *title = next_line(message);
    while (*title != '\0' && is_blank(title))
        title = next_line(title);
    if (digits == 0 || digits > 18)
        return NULL;
    commit->pull = g_strndup(number, digits);
    return *title != '\0' ? title : NULL;
}

/* ---- footers ---- */

/* "Token: value" or "Token #value" (section 8 of the convention); "BREAKING CHANGE" is the one token with a blank. */
static bool read_token(const char *line, gsize length, gsize *token, gsize *value) {
    static const char change[] = "BREAKING CHANGE";
    gsize at = sizeof change - 1;
    if (length < at || strncmp(line, change, at) != 0) {
        at = 0;
        while (at < length && (g_ascii_isalnum(line[at]) || line[at] == '-'))
            at++;
    }
    bool colon = at > 0 && at + 1 < length && line[at] == ':' && (line[at + 1] == ' ' || line[at + 1] == '\t');
    bool number = at > 0 && at + 2 < length && line[at] == ' ' && line[at + 1] == '#';
    *token = at;
    *value = at + (colon ? 2 : 1);
    return colon || number;
}

static bool is_token(const char *line, gsize token, const char *name) {
    return token == strlen(name) && g_ascii_strncasecmp(line, name, token) == 0;
}

static void append_word(char ***words, char *word) {
    guint count = *words != NULL ? g_strv_length(*words) : 0;
    if (count >= FOOTERS) {
        g_free(word);
        return;
    }
    *words = g_renew(char *, *words, count + 2);
    (*words)[count] = word;
    (*words)[count + 1] = NULL;
}

static void add_issues(Commit *commit, const char *text, gsize length) {
    for (gsize at = 0; at + 1 < length; at++) {
        gsize digits = text[at] == '#' ? strspn(text + at + 1, "0123456789") : 0;
        if (digits > 0 && digits < 12 && at + 1 + digits <= length)
            append_word(&commit->issues, g_strndup(text + at + 1, digits));
    }
}

/* A paragraph of a footer: from its value to the next token or blank line. */
static gsize footer_length(const char *value) {
    const char *at = next_line(value);
    while (*at != '\0' && !is_blank(at)) {
        gsize token, start;
        if (read_token(at, line_length(at), &token, &start))
            break;
        at = next_line(at);
    }
    return (gsize)(at - value);
}

static void append_text(char **text, char *more) {
    if (*text == NULL) {
        *text = more;
        return;
    }
    char *both = g_strconcat(*text, "\n", more, NULL);
    g_free(*text);
    g_free(more);
    *text = both;
}

static void take_hex(Commit *commit, const char *text, gsize length) {
    gsize digits = strspn(text, "0123456789abcdef");
    if (commit->reverts == NULL && digits >= 7 && digits <= MIN(length, 64))
        commit->reverts = g_strndup(text, digits);
}

static void take_footer(Commit *commit, const char *line, gsize token, const char *value) {
    static const char *const closing[] = {"closes", "close", "fixes", "fix", "resolves", "resolve", "closed", "fixed", "resolved"};
    gsize length = line_length(value);
    bool breaks = token == strlen("BREAKING CHANGE") && (strncmp(line, "BREAKING CHANGE", token) == 0 || strncmp(line, "BREAKING-CHANGE", token) == 0);
    if (breaks)
        append_text(&commit->breaking, copy(value, footer_length(value), FOOTER_LIMIT));
    else if (is_token(line, token, "co-authored-by"))
        append_word(&commit->authors, copy(value, length, SUBJECT_LIMIT));
    else if (is_token(line, token, "release-as")) {
        g_free(commit->release_as);
        commit->release_as = copy(value, length, SUBJECT_LIMIT);
    } else if (is_token(line, token, "refs") && (g_strcmp0(commit->type, "revert") == 0))
        take_hex(commit, value, length);
    else if (is_token(line, token, "upgrade") || is_token(line, token, "upgrade-note"))
        append_text(&commit->upgrade, copy(value, footer_length(value), FOOTER_LIMIT));
    for (guint i = 0; i < G_N_ELEMENTS(closing); i++) {
        if (is_token(line, token, closing[i]))
            add_issues(commit, value, length);
    }
}

/* "Closes #12" and its kin, as GitHub and GitLab read them, at the start of a line. */
static bool take_closing_line(Commit *commit, const char *line, gsize length) {
    static const char *const words[] = {"closes ", "fixes ", "resolves ", "close ", "fix ", "resolve ", "closed ", "fixed ", "resolved "};
    if (length == 0 || strchr("cCfFrR", *line) == NULL)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        gsize word = strlen(words[i]);
        if (length > word + 1 && g_ascii_strncasecmp(line, words[i], word) == 0 && line[word] == '#') {
            add_issues(commit, line, length);
            return true;
        }
    }
    return false;
}

static void take_line(Commit *commit, const char *line) {
    static const char reverts[] = "This reverts commit ";
    gsize length = line_length(line);
    gsize token, value;
    if (strncmp(line, reverts, sizeof reverts - 1) == 0)
        take_hex(commit, line + sizeof reverts - 1, length);
    else if (!take_closing_line(commit, line, length) && read_token(line, length, &token, &value))
        take_footer(commit, line, token, line + value);
}

static void unique_words(char **words) {
    guint kept = 0;
    for (guint i = 0; words != NULL && words[i] != NULL; i++) {
        bool seen = false;
        for (guint k = 0; k < kept; k++)
            seen = seen || g_str_equal(words[k], words[i]);
        char *word = words[i];
        words[i] = NULL;
        if (seen)
            g_free(word);
        else
            words[kept++] = word;
    }
}

Commit *commit_parse(const char *message, guint parents) {
    Commit *commit = g_new0(Commit, 1);
    bool breaking = false;
    message += strspn(message, " \t\r\n");
    commit->merge = parents > 1 || is_merge_text(message);
    const char *title = merge_title(message, commit);
    const char *first = title != NULL ? title : message;
    g_autofree char *pull = g_steal_pointer(&commit->pull);
    read_first_line(first, line_length(first), commit, &breaking);
    if (commit->pull == NULL)
        commit->pull = g_steal_pointer(&pull);
    guint lines = 0;
    for (const char *line = next_line(first); *line != '\0' && lines < 10000; line = next_line(line), lines++)
        take_line(commit, line);
    /* GitLab's merge: "See merge request group/project!45". */
    const char *request = commit->merge && commit->pull == NULL ? strstr(message, "See merge request ") : NULL;
    const char *mark = request != NULL ? memchr(request, '!', line_length(request)) : NULL;
    gsize digits = mark != NULL ? strspn(mark + 1, "0123456789") : 0;
    if (digits > 0 && digits < 18)
        commit->pull = g_strndup(mark + 1, digits);
    if (breaking && commit->breaking == NULL)
        commit->breaking = g_strdup(commit->subject);
    unique_words(commit->issues);
    unique_words(commit->authors);
    return commit;
}
