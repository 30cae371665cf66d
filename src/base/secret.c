#include "base/secret.h"

#include <string.h>
#include <sys/resource.h>

#define MAX_LENGTH (64 * 1024)
/* No token is so short; replacing "tok" would tear words. */
#define MIN_REDACTED 6
#define STARS "***"
/* Places in the text that one needle may have reached: one byte is written in few ways. */
#define BRANCHES 8
/* Letters that one encoding put over another may add to one byte: text that is nothing but backslashes must not be looked at for ever. */
#define MAX_NESTED 16

struct Secret {
    gint references;
    gsize length;
    char *text;
};

typedef enum { FORM_PLAIN, FORM_HEX, FORM_BASE64 } Form;

typedef struct {
    Form form;
    GBytes *bytes;
    guint before, after; /* letters of base64 beside it that hold some of its bits */
} Needle;

static GMutex lock;
static GArray *needles; /* of Needle; only ever grows */
static gint known;
static bool begins[256]; /* may a needle begin with this byte? */

/* ---- what is looked for ---- */

static void may_begin_with(Form form, char c) {
    begins[(guchar)c] = true;
    begins[(guchar)g_ascii_toupper(c)] |= form == FORM_HEX;
    begins['-'] |= form == FORM_BASE64 && c == '+';
    begins['_'] |= form == FORM_BASE64 && c == '/';
    begins['+'] |= c == ' ';
    for (const char *p = "%\\&"; *p != '\0'; p++)
        begins[(guchar)*p] = true;
}

static void add_needle(Form form, char *text, gsize length, guint before, guint after) {
    may_begin_with(form, *text);
    Needle needle = {.form = form, .bytes = g_bytes_new_take(text, length), .before = before, .after = after};
    g_array_append_val(needles, needle);
}

static char *to_hex(const char *text, gsize length) {
    GString *out = g_string_sized_new(2 * length);
    for (gsize i = 0; i < length; i++)
        g_string_append_printf(out, "%02x", (guchar)text[i]);
    return g_string_free(out, FALSE);
}

/* The letters that hold bits of the secret alone, where `offset` bytes stand before it. */
static void add_base64(const char *text, gsize length, gsize offset) {
    g_autofree char *padded = g_malloc0(length + offset + 1);
    memcpy(padded + offset, text, length);
    char *encoded = g_base64_encode((const guchar *)padded, length + offset);
    gsize first = (offset * 8 + 5) / 6, end = (length + offset) * 8 / 6;
    char *inner = g_strndup(encoded + first, end - first);
    add_needle(FORM_BASE64, inner, end - first, offset > 0 ? 1 : 0, (length + offset) * 8 % 6 != 0 ? 1 : 0);
    memset(padded, 0, length + offset);
    secret_wipe(encoded);
}

static bool is_known(const char *text, gsize length) {
    for (guint i = 0; i < needles->len; i++) {
        const Needle *needle = &g_array_index(needles, Needle, i);
        gsize size;
        const char *bytes = g_bytes_get_data(needle->bytes, &size);
        if (needle->form == FORM_PLAIN && size == length && memcmp(bytes, text, length) == 0)
            return true;
    }
    return false;
}

static void remember(const char *text, gsize length) {
    if (length < MIN_REDACTED)
        return;
    g_mutex_lock(&lock);
    if (needles == NULL)
        needles = g_array_new(FALSE, FALSE, sizeof(Needle));
    if (!is_known(text, length)) {
        add_needle(FORM_PLAIN, g_strndup(text, length), length, 0, 0);
        add_needle(FORM_HEX, to_hex(text, length), 2 * length, 0, 0);
        for (gsize offset = 0; offset < 3; offset++)
            add_base64(text, length, offset);
    }
    g_mutex_unlock(&lock);
    g_atomic_int_set(&known, 1);
}

/* ---- the type ---- */

/* What a core file would show. One byte, not none: a program that takes cores through a pipe (core(5), systemd-coredump) gets one whatever the limit, but for
 * 1, by which the kernel knows its own helpers. Not PR_SET_DUMPABLE: it takes /proc/self from this process, too, and LeakSanitizer does not work with it. */
static gpointer forbid_core(gpointer data) {
    struct rlimit limit;
    (void)data;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = MIN(1, limit.rlim_max);
        setrlimit(RLIMIT_CORE, &limit);
    }
    return NULL;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Secret *secret_new(const char *text, gsize length) {
    static GOnce once = G_ONCE_INIT;
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    while (length > 0 && is_blank(*text))
        text++, length--;
    if (length == 0 || length > MAX_LENGTH)
        return NULL;
    for (gsize i = 0; i < length; i++) {
        if ((guchar)text[i] < 0x20 || text[i] == 0x7f)
            return NULL;
    }
    g_once(&once, forbid_core, NULL);
    Secret *secret = g_new0(Secret, 1);
    *secret = (Secret){.references = 1, .length = length, .text = g_strndup(text, length)};
    remember(text, length);
    return secret;
}

Secret *secret_ref(Secret *secret) {
    g_atomic_int_inc(&secret->references);
    return secret;
}

void secret_unref(Secret *secret) {
    if (secret == NULL || !g_atomic_int_dec_and_test(&secret->references))
        return;
    secret_wipe(secret->text);
    g_free(secret);
}

bool secret_equal(const Secret *a, const Secret *b) {
    if (a == NULL || b == NULL)
        return a == b;
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

char *secret_header(const Secret *secret, const char *name, const char *scheme) {
    bool has_scheme = scheme != NULL && *scheme != '\0';
    return g_strconcat(name, ": ", has_scheme ? scheme : "", has_scheme ? " " : "", secret->text, NULL);
}

void secret_wipe(char *text) {
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    g_free(text);
}

/* ---- looking for it ---- */

static int hex_of(const char *at) {
    int high = g_ascii_xdigit_value(at[0]);
    int low = high >= 0 ? g_ascii_xdigit_value(at[1]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

static bool is_same(Form form, char wanted, char found) {
    if (form == FORM_HEX)
        return g_ascii_tolower(found) == wanted;
    if (form == FORM_BASE64 && (found == '-' || found == '_'))
        return wanted == (found == '-' ? '+' : '/');
    return wanted == found;
}

typedef struct {
    const char *at[BRANCHES];
    guint count;
} Places;

static void reach(Places *places, const char *at) {
    for (guint i = 0; i < places->count; i++) {
        if (places->at[i] == at)
            return;
    }
    if (places->count < BRANCHES)
        places->at[places->count++] = at;
}

/* An entity of HTML or XML. */
static const char *after_entity(const char *at, char wanted) {
    static const struct {
        char byte;
        const char *entity;
    } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'"', "&#34;"}, {'\'', "&#39;"}, {'\'', "&apos;"}, {'\'', "&#x27;"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].byte == wanted && g_str_has_prefix(at, rows[i].entity))
            return at + strlen(rows[i].entity);
    }
    return NULL;
}

/* Every way in which one byte may be written, so that encodings may be mixed and nested: as it is, in percent (%41, %2541), behind backslashes (JSON, C: \\",
 * u0041, x41), as an entity. */
static void step(Places *next, Form form, char wanted, const char *at) {
    const char *entity = *at == '&' ? after_entity(at, wanted) : NULL;
    if (*at == '\0')
        return;
    if (is_same(form, wanted, *at) || (wanted == ' ' && *at == '+'))
        reach(next, at + 1);
    if (entity != NULL)
        reach(next, entity);
    if (*at == '%') {
        const char *digits = at + 1;
        for (; g_str_has_prefix(digits, "25") && digits - at < MAX_NESTED; digits += 2) {
            if (wanted == '%')
                reach(next, digits + 2);
        }
        int value = hex_of(digits);
        if (value >= 0 && is_same(form, wanted, (char)value))
            reach(next, digits + 2);
    }
    if (*at != '\\')
        return;
    const char *rest = at;
    while (*rest == '\\' && rest - at < MAX_NESTED)
        rest++;
    if (wanted == '\\') {
        for (const char *p = at + 2; p <= rest; p++)
            reach(next, p);
    } else if (*rest != '\0' && is_same(form, wanted, *rest)) {
        reach(next, rest + 1);
    }
    const char *digits = g_str_has_prefix(rest, "u00") ? rest + 3 : *rest == 'x' ? rest + 1 : NULL;
    if (digits != NULL && hex_of(digits) == (guchar)wanted)
        reach(next, digits + 2);
}

/* Also over the end of a line and the indent of the next, as where base64 is folded or an error's text is set in lines. */
static const char *after_break(const char *at) {
    if (*at == '\\' && at[1] == 'n')
        return at + 2;
    if (*at != '\n' && *at != '\r')
        return NULL;
    at += strspn(at, "\r\n");
    return at + strspn(at, " \t");
}

/* The end of the needle that begins at `text`; NULL: it does not. */
static const char *match(const Needle *needle, const char *text) {
    gsize length;
    const char *bytes = g_bytes_get_data(needle->bytes, &length);
    Places now = {.at = {text}, .count = 1};
    for (gsize i = 0; i < length && now.count > 0; i++) {
        Places next = {.count = 0};
        for (guint k = 0; k < now.count; k++) {
            const char *beyond = i > 0 ? after_break(now.at[k]) : NULL;
            step(&next, needle->form, bytes[i], now.at[k]);
            if (beyond != NULL)
                step(&next, needle->form, bytes[i], beyond);
        }
        now = next;
    }
    const char *end = NULL;
    for (guint k = 0; k < now.count; k++)
        end = end == NULL || now.at[k] > end ? now.at[k] : end;
    return end;
}

static bool is_base64(char c) {
    return g_ascii_isalnum(c) || (c != '\0' && strchr("+/-_", c) != NULL);
}

/* Replaces what begins at text + *from; `out` holds what stands before it. */
static bool replace(GString *out, const char *text, gsize *from) {
    const char *end = NULL;
    guint before = 0;
    for (guint i = 0; i < needles->len; i++) {
        const Needle *needle = &g_array_index(needles, Needle, i);
        const char *found = match(needle, text + *from);
        if (found != NULL && needle->after > 0 && is_base64(*found))
            found++;
        if (found != NULL && (end == NULL || found > end)) {
            end = found;
            before = needle->before;
        }
    }
    if (end == NULL)
        return false;
    if (before > 0 && out->len > 0 && is_base64(out->str[out->len - 1]))
        g_string_truncate(out, out->len - 1);
    g_string_append(out, STARS);
    *from = (gsize)(end - text);
    return true;
}

bool secret_is_known(void) {
    return g_atomic_int_get(&known) != 0;
}

char *secret_redact(const char *text) {
    if (text == NULL || !secret_is_known())
        return NULL;
    bool found = false;
    GString *out = g_string_new(NULL);
    g_mutex_lock(&lock);
    for (gsize i = 0; text[i] != '\0';) {
        if (begins[(guchar)text[i]] && replace(out, text, &i))
            found = true;
        else
            g_string_append_c(out, text[i++]);
    }
    g_mutex_unlock(&lock);
    char *clean = g_string_free(out, FALSE);
    if (!found)
        g_clear_pointer(&clean, g_free);
    return clean;
}
