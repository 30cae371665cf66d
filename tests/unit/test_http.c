/* The pure parts of the HTTP client and of secrets, as tables. What goes over a network: tests/system/test_http.py. */
#include "base/error.h"
#include "base/http.h"
#include "base/jsonx.h"
#include "base/secret.h"

#include <string.h>
#include <sys/resource.h>

/* ---- addresses ---- */

static void test_segments(void) {
    static const char *const rows[][2] = {
        {"release/1.2", "release%2F1.2"}, {"v1.0+a~b_c-d", "v1.0%2Ba~b_c-d"}, {"", ""}, {"..", "%2E%2E"}, {".", "%2E"}, {"...", "..."},
        {"ä %?#", "%C3%A4%20%25%3F%23"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *segment = http_segment(rows[i][0]);
        g_assert_cmpstr(segment, ==, rows[i][1]);
    }
}

static void test_origins(void) {
    static const char *const rows[][2] = {{"https://A.example/x?y#z", "https://a.example:443"},
                                          {"http://u:p@a:81/", "http://a:81"},
                                          {"HTTP://a", "http://a:80"},
                                          {"https://[::1]:3/", "https://[::1]:3"},
                                          {"ftp://a/", NULL},
                                          {"//a/", NULL},
                                          {"", NULL}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *origin = http_origin(rows[i][0]);
        g_assert_cmpstr(origin, ==, rows[i][1]);
    }
}

typedef struct {
    const char *http, *https, *all, *no;
    const char *url, *proxy;
} ProxyRow;

static void set(const char *name, const char *value) {
    if (value != NULL)
        g_setenv(name, value, TRUE);
    else
        g_unsetenv(name);
}

static void test_proxies(void) {
    static const char *const names[] = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"};
    static const ProxyRow rows[] = {
        {NULL, NULL, NULL, NULL, "https://a.example/", NULL},
        {NULL, "http://p:1", NULL, NULL, "https://a.example/", "http://p:1"},
        {NULL, "http://user:secret@p:1", NULL, NULL, "https://a.example/", "http://p:1"},
        {NULL, "user:se@cret@p:1", NULL, NULL, "https://a.example/", "p:1"},
        {NULL, "http://p:1", NULL, NULL, "http://a.example/", NULL},
        {"http://p:1", NULL, NULL, NULL, "http://a.example/", "http://p:1"},
        {NULL, NULL, "socks5h://p:1", NULL, "https://a.example/", "socks5h://p:1"},
        {"", "", "", NULL, "https://a.example/", NULL},
        {NULL, "http://p:1", NULL, "*", "https://a.example/", NULL},
        {NULL, "http://p:1", NULL, "example", "https://a.example/", NULL},
        {NULL, "http://p:1", NULL, "b.example, .a.example", "https://A.Example./", NULL},
        {NULL, "http://p:1", NULL, "xample", "https://a.example/", "http://p:1"},
        {NULL, "http://p:1", NULL, "10.0.0.0/8", "https://10.2.3.4/", NULL},
        {NULL, "http://p:1", NULL, "10.0.0.0/8", "https://11.2.3.4/", "http://p:1"},
        {NULL, "http://p:1", NULL, "10.2.128.0/17", "https://10.2.127.4/", "http://p:1"},
        {NULL, "http://p:1", NULL, "10.2.128.0/17", "https://10.2.129.4/", NULL},
        {NULL, "http://p:1", NULL, "2001:db8::/32", "https://[2001:db8:1::1]/", NULL},
        {NULL, "http://p:1", NULL, "10.0.0.0/99,,x/y", "https://10.2.3.4/", "http://p:1"},
        {"http://p:1", "http://p:1", "http://p:1", NULL, "https://localhost/", NULL},
        {"http://p:1", "http://p:1", "http://p:1", NULL, "http://127.0.0.2:8/", NULL},
        {"http://p:1", "http://p:1", "http://p:1", NULL, "http://[::1]:8/", NULL},
        {"http://p:1", "http://p:1", "http://p:1", NULL, "no address", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_unsetenv(names[i]);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        set("http_proxy", rows[i].http);
        set("https_proxy", rows[i].https);
        set("all_proxy", rows[i].all);
        set("no_proxy", rows[i].no);
        g_autofree char *proxy = http_proxy_for(rows[i].url);
        g_test_message("row %u", i);
        g_assert_cmpstr(proxy, ==, rows[i].proxy);
    }
}

/* ---- headers ---- */

static void test_retry_after(void) {
    static const gint64 now = 1763978400; /* Mon, 24 Nov 2025 10:00:00 GMT */
    static const struct {
        const char *value;
        gint64 seconds;
    } rows[] = {{NULL, -1},
                {"", -1},
                {"0", 0},
                {"120", 120},
                {"120s", -1},
                {"-5", -1},
                {"1e3", -1},
                {"99999999999999999999", -1},
                {"9999999999", 365 * 24 * 3600},
                {"Mon, 24 Nov 2025 10:02:00 GMT", 120},
                {"Monday, 24-Nov-25 10:02:00 GMT", 120},
                {"Mon Nov 24 10:02:00 2025", 120},
                {"Mon, 24 Nov 2025 09:00:00 GMT", 0},
                {"Mon, 24 Nov 2125 09:00:00 GMT", 365 * 24 * 3600},
                {"soon", -1},
                {"Mon, 99 Foo 2025", -1}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].value != NULL ? rows[i].value : "none");
        g_assert_cmpint(http_retry_after(rows[i].value, now), ==, rows[i].seconds);
    }
}

static void test_links(void) {
    static const struct {
        const char *header, *next;
    } rows[] = {
        {NULL, NULL},
        {"", NULL},
        {"<https://a.example/x?page=2>; rel=\"next\", <https://a.example/x?page=9>; rel=\"last\"", "https://a.example/x?page=2"},
        {"<https://a.example/x?page=9>; rel=\"last\" , <https://a.example/x?page=2>; rel=\"next\"", "https://a.example/x?page=2"},
        {"<https://a.example/x?page=1>; rel=\"prev\"", NULL},
        {"<?page=2>; rel=next", "https://api.example/list?page=2"},
        {"</other?page=2>;rel=next", "https://api.example/other?page=2"},
        {"<//b.example/x>; rel=next", "https://b.example/x"},
        {"<https://a.example/a,b;c>; title=\"x, <y>; rel=next\"; rel=\"prefetch NEXT\"", "https://a.example/a,b;c"},
        {"<https://a.example/1>; rel=prev; rel=next", NULL},
        {"<https://a.example/1>; rel=next; anchor=\"#foo\"", NULL},
        {"<https://a.example/1>; title=\"a\\\" b\"; REL = next", "https://a.example/1"},
        {"<https://a.example/1>", NULL},
        {"<https://a.example/1; rel=next", NULL},
        {"https://a.example/1>; rel=next", NULL},
        {"<javascript:alert(1)>; rel=next", NULL},
        {"<file:///etc/passwd>; rel=next", NULL},
        {"<https://user:pass@a.example/1>; rel=next", "https://user:pass@a.example/1"},
        {"<>; rel=next", NULL},
        {"<https://a.example/1>; rel=\"next", "https://a.example/1"},
        {";;;,,,<<<>>>rel=next", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GHashTable) headers = g_hash_table_new(g_str_hash, g_str_equal);
        HttpAnswer answer = {.url = (char *)"https://api.example/list?per_page=2", .headers = headers};
        if (rows[i].header != NULL)
            g_hash_table_insert(headers, (char *)"link", (char *)rows[i].header);
        g_autofree char *next = http_link(&answer, "next");
        g_test_message("%s", rows[i].header != NULL ? rows[i].header : "none");
        g_assert_cmpstr(next, ==, rows[i].next);
    }
}

/* ---- secrets ---- */

/* Every printable byte that is special somewhere; it stands here in parts, so that it is nowhere but where it leaks. */
#define HALF "c4n\"a\\r/y%2b <&'>+="
#define OTHER "{}[]?#@:;,`|~^$!*()-_.\xc3\xa4"

static Secret *canary(void) {
    g_autofree char *text = g_strconcat(HALF, OTHER, NULL);
    return secret_new(text, strlen(text));
}

static char *canary_text(void) {
    g_autoptr(Secret) secret = canary();
    g_autofree char *header = secret_header(secret, "X", NULL);
    return g_strdup(header + strlen("X: "));
}

/* Each byte, or each special one, as hexadecimal digits behind a prefix. */
static char *digits(const char *text, const char *prefix, bool upper, bool all) {
    static const char letters[2][17] = {"0123456789abcdef", "0123456789ABCDEF"};
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        guchar c = (guchar)*p;
        if (!all && g_ascii_isalnum(*p))
            g_string_append_c(out, *p);
        else
            g_string_append_printf(out, "%s%c%c", prefix, letters[upper][c >> 4], letters[upper][c & 15]);
    }
    return g_string_free(out, FALSE);
}

static char *base64_of(const char *before, const char *text, const char *after) {
    g_autofree char *whole = g_strconcat(before, text, after, NULL);
    return g_base64_encode((const guchar *)whole, strlen(whole));
}

static char *json_of(const char *text, size_t flags) {
    g_autoptr(json_t) value = json_string(text);
    char *raw = json_dumps(value, JSON_ENCODE_ANY | flags);
    char *copy = g_strdup(raw);
    free(raw);
    return copy;
}

static char *folded(const char *text, gsize width) {
    GString *out = g_string_new(NULL);
    for (gsize i = 0; text[i] != '\0'; i++)
        g_string_append_printf(out, "%s%c", i > 0 && i % width == 0 ? "\r\n    " : "", text[i]);
    return g_string_free(out, FALSE);
}

/* In every form; each is freed. */
static GPtrArray *forms_of(const char *text) {
    GPtrArray *forms = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json = json_of(text, 0);
    g_autofree char *base64 = base64_of("", text, "");
    g_autofree char *lower = digits(text, "%", false, false);
    g_ptr_array_add(forms, g_strdup(text));
    g_ptr_array_add(forms, digits(text, "%", true, false));
    g_ptr_array_add(forms, digits(text, "%", false, true));
    g_ptr_array_add(forms, digits(lower, "%", true, false)); /* twice */
    g_ptr_array_add(forms, digits(text, "", false, true));
    g_ptr_array_add(forms, digits(text, "", true, true));
    g_ptr_array_add(forms, digits(text, "\\x", false, true));
    g_ptr_array_add(forms, g_strdup(json));
    g_ptr_array_add(forms, json_of(json, 0)); /* in JSON in JSON */
    g_ptr_array_add(forms, json_of(text, JSON_ESCAPE_SLASH));
    g_ptr_array_add(forms, digits(text, "\\u00", false, true));
    g_ptr_array_add(forms, g_markup_escape_text(text, -1));
    g_ptr_array_add(forms, g_strdup(base64));
    g_ptr_array_add(forms, base64_of("u:", text, ""));
    g_ptr_array_add(forms, base64_of("u:", text, ":tail"));
    g_ptr_array_add(forms, base64_of("user:", text, "x"));
    g_ptr_array_add(forms, base64_of("longer:", text, "xy"));
    g_ptr_array_add(forms, g_strdelimit(g_strdelimit(g_strdup(base64), "+", '-'), "/", '_'));
    g_ptr_array_add(forms, digits(base64, "%", true, false));
    g_ptr_array_add(forms, folded(base64, 19));
    g_ptr_array_add(forms, folded(text, 7));
    return forms;
}

static void test_redaction(void) {
    g_autoptr(Secret) secret = canary();
    g_autofree char *text = canary_text();
    g_autoptr(GPtrArray) forms = forms_of(text);
    g_assert_nonnull(secret);
    for (guint i = 0; i < forms->len; i++) {
        const char *form = g_ptr_array_index(forms, i);
        g_autofree char *line = g_strdup_printf("before [%s] after", form);
        g_autofree char *clean = secret_redact(line);
        g_test_message("%u: %s", i, form);
        g_assert_nonnull(clean);
        g_assert_null(strstr(clean, "c4n"));
        g_assert_true(g_str_has_prefix(clean, "before ["));
        g_assert_true(g_str_has_suffix(clean, "] after"));
        g_assert_cmpuint(strlen(clean), <, strlen("before [] after") + 32);
    }
}

static void test_what_is_not_redacted(void) {
    static const char *const plain[] = {"", "nothing", "c4n", "before after", "***"};
    g_autoptr(Secret) secret = canary();
    g_autoptr(Secret) tiny = secret_new("tok", 3);
    g_autofree char *text = canary_text();
    g_autofree char *cut = g_strndup(text, strlen(text) - 4);
    g_assert_true(secret != NULL && tiny != NULL);
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++)
        g_assert_null(secret_redact(plain[i]));
    g_assert_null(secret_redact(cut));
    g_assert_null(secret_redact("a token"));
    g_assert_null(secret_redact(NULL));
}

/* What would take for ever, were it looked at from each place to the end. */
static void test_hostile_texts(void) {
    static const char *const units[] = {"\\", "%25", "\n", "&", "c4n\"a", "Y", "\\u00", "%", "63346e"};
    secret_unref(canary()); /* what was one stays known */
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        GString *text = g_string_new(NULL);
        while (text->len < 1 << 19)
            g_string_append(text, units[i]);
        g_autofree char *clean = secret_redact(text->str);
        g_assert_null(clean);
        g_string_free(text, TRUE);
    }
}

static void test_two_in_one_line_and_after_the_end(void) {
    Secret *one = secret_new("first-secret-1", 14);
    Secret *two = secret_new("\n second-secret-2\t", 18);
    g_autofree char *header = secret_header(two, "A", "B");
    g_assert_cmpstr(header, ==, "A: B second-secret-2");
    g_assert_false(secret_equal(one, two));
    g_assert_true(secret_equal(one, one));
    g_assert_true(secret_equal(NULL, NULL));
    secret_unref(secret_ref(one));
    secret_unref(one);
    secret_unref(two);
    g_autofree char *clean = secret_redact("x first-secret-1 first-secret-1second-secret-2 y");
    g_assert_cmpstr(clean, ==, "x *** ****** y");
}

/* 1, not 0: see base/secret.c. */
static void test_no_core(void) {
    g_autoptr(Secret) secret = canary();
    struct rlimit limit;
    g_assert_nonnull(secret);
    g_assert_cmpint(getrlimit(RLIMIT_CORE, &limit), ==, 0);
    g_assert_cmpuint(limit.rlim_cur, ==, MIN(1, limit.rlim_max));
}

static void test_what_is_no_secret(void) {
    g_autofree char *large = g_strnfill(64 * 1024 + 1, 'x');
    g_assert_null(secret_new("", 0));
    g_assert_null(secret_new(" \n", 2));
    g_assert_null(secret_new("a\nb", 3));
    g_assert_null(secret_new("a\0b", 3));
    g_assert_null(secret_new("a\x7f", 2));
    g_assert_null(secret_new(large, 64 * 1024 + 1));
    g_autoptr(Secret) most = secret_new(large, 64 * 1024);
    g_assert_nonnull(most);
}

static void test_errors_are_redacted(void) {
    secret_unref(canary()); /* what was one stays known */
    g_autofree char *text = canary_text();
    g_autoptr(GError) error = NULL;
    error_set(&error, ERROR_NETWORK, "what %s", text);
    error_why(&error, "why %s", text);
    error_state(&error, "state %s", text);
    error_fix(&error, "fix %s", text);
    g_autofree char *shown = error_to_text(error);
    g_autoptr(json_t) json = error_to_json(error);
    g_autofree char *dumped = jsonx_canonical(json);
    g_assert_null(strstr(shown, "c4n"));
    g_assert_null(strstr(dumped, "c4n"));
    g_assert_cmpstr(jsonx_string(json, "why"), ==, "why ***");
    g_assert_nonnull(strstr(shown, "state: state ***\n"));
}

static void test_json_is_redacted(void) {
    secret_unref(canary()); /* what was one stays known */
    g_autofree char *text = canary_text();
    g_autoptr(json_t) value = json_pack("{s:[s, i, {s:s}], s:n, s:b}", "list", text, 3, "key", "plain", "null", "flag", 1);
    json_object_set_new(value, text, json_true());
    g_autoptr(json_t) clean = jsonx_redact(value);
    g_autofree char *dumped = jsonx_canonical(clean);
    g_assert_cmpstr(dumped, ==, "{\"***\":true,\"flag\":true,\"list\":[\"***\",3,{\"key\":\"plain\"}],\"null\":null}");
    g_autoptr(json_t) plain = json_pack("[s, {s:i}]", "a", "b", 1);
    g_autoptr(json_t) same = jsonx_redact(plain);
    g_assert_true(same == plain);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http/segments", test_segments);
    g_test_add_func("/http/origins", test_origins);
    g_test_add_func("/http/proxies", test_proxies);
    g_test_add_func("/http/retry-after", test_retry_after);
    g_test_add_func("/http/links", test_links);
    g_test_add_func("/secret/redaction", test_redaction);
    g_test_add_func("/secret/not-redacted", test_what_is_not_redacted);
    g_test_add_func("/secret/hostile", test_hostile_texts);
    g_test_add_func("/secret/two", test_two_in_one_line_and_after_the_end);
    g_test_add_func("/secret/none", test_what_is_no_secret);
    g_test_add_func("/secret/no-core", test_no_core);
    g_test_add_func("/secret/errors", test_errors_are_redacted);
    g_test_add_func("/secret/json", test_json_is_redacted);
    return g_test_run();
}
