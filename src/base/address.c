#include "base/address.h"

#include <string.h>

#define LONG_WORD 32
#define STARS "***"

/* What services begin their tokens with. */
static const char *const beginnings[] = {"ghp_",  "gho_",   "ghu_",   "ghs_",  "ghr_",    "github_pat_", "glpat-",    "gldt-",
                                         "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-",    "GR1348941", "ATBB"};
/* Where one of these stands, what follows the colon is a URL, whatever its slashes. */
static const char *const schemes[] = {"http",
                                      "https",
                                      "ftp",
                                      "ftps",
                                      "ssh",
                                      "git",
                                      "file",
                                      "ws",
                                      "wss",
                                      "rsync",
                                      "git+http",
                                      "git+ssh",
                                      "ssh+git",
                                      "git+https",
                                      "persistent-http",
                                      "persistent-https"};
/* Users by which ssh servers let everybody in: no secrets. */
static const char *const common_users[] = {"git", "hg", "gitea", "forgejo", "gitlab", "gogs", "aur"};

bool address_is_token(const char *word, gsize length) {
    bool digit = false, letter = false;
    for (guint i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (length > strlen(beginnings[i]) && strncmp(word, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    for (gsize i = 0; i < length; i++) {
        digit = digit || g_ascii_isdigit(word[i]);
        letter = letter || g_ascii_isalpha(word[i]);
        if (!g_ascii_isalnum(word[i]) && word[i] != '_' && word[i] != '-')
            return false;
    }
    return length >= LONG_WORD && digit && letter;
}

static bool is_one_of(const char *const *words, guint count, const char *text, gsize length) {
    for (guint i = 0; i < count; i++) {
        if (strlen(words[i]) == length && g_ascii_strncasecmp(words[i], text, length) == 0)
            return true;
    }
    return false;
}

/* ---- parts ---- */

static bool is_scheme_letter(char c) {
    return g_ascii_isalnum(c) || (c != '\0' && strchr("+.-_", c) != NULL);
}

/* The length of what `text` begins with, when it is one of `letters`, as it is or in percent; else 0. */
static gsize coded(const char *text, const char *letters) {
    if (*text != '\0' && strchr(letters, *text) != NULL)
        return 1;
    int high = *text == '%' ? g_ascii_xdigit_value(text[1]) : -1;
    int low = high >= 0 ? g_ascii_xdigit_value(text[2]) : -1;
    return low >= 0 && high * 16 + low != 0 && strchr(letters, high * 16 + low) != NULL ? 3 : 0;
}

static const char *find(const char *from, const char *end, const char *letters) {
    while (from < end && coded(from, letters) == 0)
        from++;
    return from;
}

static const char *skip(const char *from, const char *letters) {
    for (gsize length; (length = coded(from, letters)) > 0;)
        from += length;
    return from;
}

/* Behind "SCHEME:" and its slashes or backslashes; NULL: there is none. */
static const char *behind_scheme(const char *text) {
    gsize length = 0;
    while (is_scheme_letter(text[length]))
        length++;
    gsize colon = length > 0 ? coded(text + length, ":") : 0;
    if (colon == 0)
        return NULL;
    const char *from = skip(text + length + colon, "/\\");
    bool known = is_one_of(schemes, G_N_ELEMENTS(schemes), text, length);
    return known || from >= text + length + colon + 2 ? from : NULL;
}

/* "TRANSPORT::"; "test_x.py::test_y" is none. */
static const char *behind_transport(const char *text) {
    gsize length = 0;
    while (is_scheme_letter(text[length]) && text[length] != '.')
        length++;
    return length > 0 && strncmp(text + length, "::", 2) == 0 ? text + length + 2 : NULL;
}

/* A ":" before `until` that does not begin a port. */
static bool has_odd_colon(const char *from, const char *until, const char *end) {
    const char *close = *from == '[' ? memchr(from, ']', (gsize)(until - from)) : NULL;
    const char *slash = find(from, end, "/\\");
    for (const char *at = close != NULL ? close : from; at < until; at++) {
        if (*at == ':' && !(at < slash && at + 1 + strspn(at + 1, "0123456789") >= slash))
            return true;
    }
    return false;
}

/* The last "@" that ends a user: one before the path, or one behind a password that holds slashes. NULL: there is none. */
static const char *last_at(const Address *is, const char *from) {
    const char *slash = find(from, is->query, "/\\"), *found = NULL;
    for (const char *at = from; at < is->query; at++) {
        bool counts = coded(at, "@") > 0 && (at < slash || found != NULL || has_odd_colon(from, at, is->query));
        bool scope = at > from && at[-1] == '/' && found != NULL; /* "/@scope/" */
        found = counts && !scope ? at : found;
    }
    return found;
}

Address address_parts(const char *url) {
    Address is = {.end = url + strlen(url)};
    const char *from = url, *next;
    bool transport = false;
    while (g_ascii_isspace(*from))
        from++;
    while ((next = behind_transport(from)) != NULL) {
        from = next;
        transport = true;
    }
    next = behind_scheme(from);
    is.scheme = next != NULL;
    is.command = transport && !is.scheme;
    from = is.scheme ? next : from;
    bool local = !is.scheme && (*from == '/' || *from == '.');
    is.query = find(from, is.end, local ? "?" : "?#");
    const char *at = last_at(&is, from);
    is.user = from;
    is.user_end = at != NULL ? at : from;
    is.host = at != NULL ? at + coded(at, "@") : from;
    is.host_end = find(is.host, is.query, "/\\");
    return is;
}

/* ---- one address ---- */

/* "git@" of git@host:path is no secret; a password or a token is. */
static bool shows_user(const Address *is) {
    return !is->scheme && is_one_of(common_users, G_N_ELEMENTS(common_users), is->user, (gsize)(is->user_end - is->user));
}

static void add_segment(GString *out, const Address *is, const char *from, gsize length) {
    const char *mark = from > is->host ? memchr(from, ';', length) : NULL;
    bool far = is->scheme || is->host > is->user;
    if (far && from > is->host && address_is_token(from, length))
        g_string_append(out, STARS);
    else if (far && mark != NULL)
        g_string_append_printf(out, "%.*s;" STARS, (int)(mark - from), from);
    else
        g_string_append_len(out, from, (gssize)length);
}

static void add_place(GString *out, const Address *is) {
    const char *at = is->host;
    if (is->command) {
        g_string_append(out, STARS);
        return;
    }
    if (is->scheme && has_odd_colon(at, is->host_end, is->query)) {
        g_string_append(out, STARS);
        at = is->host_end;
    }
    while (at < is->query) {
        gsize length = strcspn(at, is->scheme ? "/?#" : "/:");
        length = MIN(length, (gsize)(is->query - at));
        add_segment(out, is, at, length);
        at += length;
        if (at < is->query)
            g_string_append_c(out, *at++);
    }
}

static char *shown(const char *url, const char *instead_of_user) {
    Address is = address_parts(url);
    GString *out = g_string_new_len(url, (is.command ? is.host : is.user) - url);
    if (is.command)
        g_string_truncate(out, (gsize)(is.user - url));
    else if (shows_user(&is))
        g_string_append_len(out, is.user, is.host - is.user);
    else if (is.host > is.user)
        g_string_append(out, instead_of_user);
    add_place(out, &is);
    return g_string_free(out, FALSE);
}

char *address_shown(const char *url) {
    return shown(url, "");
}

/* ---- in text ---- */

/* The end of the word that begins at text + at: what is quoted ends with the quote that something else than a letter follows. */
static gsize word_end(const char *text, gsize at) {
    char quote = at > 0 && strchr("'\"`", text[at - 1]) != NULL ? text[at - 1] : '\0';
    gsize line = at + strcspn(text + at, "\r\n");
    for (gsize i = at; quote != '\0' && i < line; i++) {
        if (text[i] == quote && !g_ascii_isalnum(text[i + 1]) && text[i + 1] != '@')
            return i;
    }
    if (g_ascii_strncasecmp(text + at, "ext::", strlen("ext::")) == 0) /* a command, with its words */
        return line;
    gsize end = at + strcspn(text + at, " \t\r\n\"'<>`");
    while (end > at && strchr(".,:;)]", text[end - 1]) != NULL)
        end--;
    return end;
}

static bool begins_word(const char *text, gsize at) {
    return at == 0 || strchr(" \t\r\n\"'<>`(=", text[at - 1]) != NULL;
}

/* Without a scheme: USER@HOST, a path with "?NAME=VALUE", TRANSPORT::ADDRESS; not "(https://…" and "url=https://…". */
static bool looks_like_one(const char *word) {
    gsize name = strcspn(word, "=(:@");
    if ((word[name] == '=' || word[name] == '(') && behind_scheme(word + name + 1) != NULL)
        return false;
    const char *question = strchr(word, '?');
    return strchr(word, '@') != NULL || behind_transport(word) != NULL || (question != NULL && strchr(question, '=') != NULL);
}

char *address_redact(const char *text) {
    GString *out = g_string_new(NULL);
    for (gsize i = 0; text[i] != '\0';) {
        bool scheme = (i == 0 || !is_scheme_letter(text[i - 1])) && behind_scheme(text + i) != NULL;
        gsize end = scheme || begins_word(text, i) ? word_end(text, i) : i;
        g_autofree char *word = g_strndup(text + i, end - i);
        if (end > i && (scheme || looks_like_one(word))) {
            g_autofree char *clean = shown(word, STARS "@");
            g_string_append(out, clean);
            i = end;
        } else {
            g_string_append_c(out, text[i++]);
        }
    }
    return g_string_free(out, FALSE);
}

char *address_redact_users(const char *text) {
    static const char form[] = "(?i)((?:[a-z][a-z0-9+.-]*:/{1,3}|https?:[/\\\\]*))[^\\s/<>]+(?=@)"
                               "|([?&;](?:[a-z0-9_.-]*(?:token|secret|passw|auth|_key|apikey|sig)[a-z0-9_.-]*)=)[^\\s&;#'\"<>]+";
    static GRegex *regex;
    static gsize once;
    if (strchr(text, '@') == NULL && strchr(text, '=') == NULL)
        return NULL;
    if (g_once_init_enter(&once)) {
        regex = g_regex_new(form, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
        g_once_init_leave(&once, 1);
    }
    if (!g_regex_match(regex, text, 0, NULL))
        return NULL;
    return g_regex_replace(regex, text, -1, 0, "\\1\\2" STARS, 0, NULL);
}
