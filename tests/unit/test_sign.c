/* Signatures that are good and those that are not: files that gpg and ssh-keygen made, and what gpg may say. */
#include "base/fs.h"
#include "base/process.h"
#include "sign/sign.h"
#include "sign/verdict.h"

#include <glib/gstdio.h>
#include <string.h>

#define LISTED "SHA256SUMS"

static char *home, *work;

/* ---- running ---- */

static char *sh(const char *script) {
    g_autofree char *whole = g_strconcat("G() { gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' \"$@\"; }\n", script, NULL);
    const char *const words[] = {"sh", "-ec", whole, NULL};
    g_autofree char *gnupg = g_strconcat("GNUPGHOME=", home, NULL);
    const char *const extra[] = {gnupg, "LC_ALL=C", NULL};
    g_auto(GStrv) env = process_clean_env(extra);
    ProcessSpec spec = {.argv = words, .cwd = work, .env = (const char *const *)env, .timeout_seconds = 120};
    g_auto(ProcessResult) result = {0};
    GError *error = NULL;
    process_run(&spec, &result, &error);
    g_assert_no_error(error);
    if (!process_ok(&result))
        g_error("%s\n%s%s", script, process_text(result.out), process_text(result.err));
    return g_strchomp(g_strdup(process_text(result.out)));
}

static void do_sh(const char *script) {
    g_free(sh(script));
}

/* Each key's fingerprint is in the file NAME.fpr. */
static const char make_keys[] = "key() { name=$1 time=$2; shift 2; G --faked-system-time $time --yes --status-fd 1 --quick-generate-key \"$@\" | sed -n "
                                "'s/.*KEY_CREATED . //p' >$name.fpr; }\n"
                                "key good 20240101T000000 'Ada <ada@example.org>' ed25519 sign never\n"
                                "key same 20240101T000000 'Ada <ada@example.org>' ed25519 sign never\n"
                                "key old 20200101T000000! 'Old <old@example.org>' ed25519 sign 1y\n"
                                "key gone 20240101T000000 'Gone <gone@example.org>' ed25519 sign never\n"
                                "key weak 20240101T000000 'Weak <weak@example.org>' rsa2048 sign never\n"
                                "key away 20240101T000000 'Away <away@example.org>' ed25519 sign never\n"
                                "key subs 20240101T000000 'Subs <subs@example.org>' ed25519 cert never\n"
                                "for i in 1 2; do G --quick-add-key $(cat subs.fpr) ed25519 sign never; done\n"
                                "G --with-colons --list-keys $(cat subs.fpr) | sed -n 's/^fpr:::::::::\\(.*\\):/\\1/p' | { read p; read a; read b; echo $a "
                                ">sub1.fpr; echo $b >sub2.fpr; }\n"
                                /* a subkey that is expired and has nothing to do with the signatures */
                                "G --faked-system-time 20240102T000000! --quick-add-key $(cat good.fpr) ed25519 auth 2d\n";

static const char make_signatures[] =
    "printf 'abc  file\\n' >SHA256SUMS; printf 'abd  file\\n' >other\n"
    "s() { out=$1 by=$2; shift 2; G \"$@\" --armor -u $(cat $by.fpr)! --output $out --detach-sign SHA256SUMS; }\n"
    "s good.asc good; s same.asc same; s gone.asc gone; s sub1.asc sub1; s sub2.asc sub2; s away.asc away\n"
    "s old.asc old --faked-system-time 20200601T000000!\n"
    "s late.asc good --faked-system-time 20240601T000000! --default-sig-expire 2d\n"
    "s weak.asc weak --digest-algo SHA1; s strong.asc weak --digest-algo SHA512; s text.asc good --textmode\n"
    "s noted.asc good -N 'a@example.org=x%0A[GNUPG:] VALIDSIG' --sig-policy-url 'https://example.org/[GNUPG:]'\n"
    "s fake.asc same -N \"a@example.org=x%0A[GNUPG:] GOODSIG $(cat good.fpr)\"\n"
    "G --armor -u $(cat good.fpr)! --output other.asc --detach-sign other\n"
    "G -u $(cat good.fpr)! --output bare.asc --detach-sign SHA256SUMS\n"
    "G --armor -u $(cat good.fpr)! --output clear.asc --clearsign SHA256SUMS\n"
    "G --armor -u $(cat good.fpr)! --output inline.asc --sign SHA256SUMS\n"
    "G --armor -u $(cat good.fpr)! -u $(cat same.fpr)! --output both.asc --detach-sign SHA256SUMS\n"
    "armor() { echo '-----BEGIN PGP SIGNATURE-----'; echo; base64 -w 64; echo '-----END PGP SIGNATURE-----'; }\n"
    "bin() { G --dearmor <$1; }\n"
    "{ bin good.asc; bin other.asc; } | armor >onebad.asc; { bin good.asc; bin good.asc; } | armor >twice.asc\n"
    "head -c 100 good.asc >cut.asc; { cat good.asc; echo more; } >more.asc; { echo junk; cat good.asc; } >junk.asc; cat good.asc good.asc >blocks.asc\n"
    ": >empty.asc; { head -n 2 good.asc; head -c 70000 /dev/zero | tr '\\0' 'A'; tail -n 3 good.asc; } >huge.asc\n"
    "{ head -c 60 good.asc; printf '\\0'; tail -c +61 good.asc; } >nul.asc\n"
    "bin good.asc | sed 's/\\(.\\)$/x/' | head -c -8 | { cat; printf 12345678; } | armor >flipped.asc\n"
    "tr -d '\\n' <good.asc >line.asc; sed 's/SIGNATURE/MESSAGE/' good.asc >label.asc; sed 's/$/\\r/' good.asc >crlf.asc\n"
    "G --armor --export $(cat away.fpr) >away.pub; G --yes --delete-secret-and-public-key $(cat away.fpr)\n"
    "sed 's/^:-/-/' $GNUPGHOME/openpgp-revocs.d/$(cat gone.fpr).rev | G --import\n"
    "printf 'key 2\\nrevkey\\ny\\n0\\n\\ny\\nsave\\n' | G --command-fd 0 --edit-key $(cat subs.fpr) >/dev/null 2>&1\n";

static const char make_ssh[] =
    "for k in k l; do ssh-keygen -q -t ed25519 -N '' -C $k@example.org -f $k; done; ssh-keygen -q -t ed25519 -N '' -C ca -f ca\n"
    "s() { ssh-keygen -q -Y sign -f $2 -n $3 <$4 >$1; }\n"
    "s good.sig k file SHA256SUMS; s l.sig l file SHA256SUMS; s git.sig k git SHA256SUMS; s other.sig k file other\n"
    "head -c 100 good.sig >cut.sig; { cat good.sig; echo more; } >more.sig; { echo junk; cat good.sig; } >junk.sig; cat good.sig l.sig >blocks.sig; : "
    ">empty.sig; cp good.asc pgp.sig\n"
    "p=$(cut -d' ' -f1,2 k.pub); q=$(cut -d' ' -f1,2 l.pub); c=$(cut -d' ' -f1,2 ca.pub)\n"
    "echo \"k@example.org $p\" >in.signers; echo \"k@example.org $q\" >not.signers; : >none.signers\n"
    "echo \"k@example.org valid-before=\\\"20250101\\\" $p\" >past.signers; echo \"k@example.org valid-after=\\\"20990101\\\" $p\" >future.signers\n"
    "echo \"k@example.org valid-after=\\\"20200101\\\",valid-before=\\\"20990101\\\" $p\" >now.signers\n"
    "echo \"k@example.org namespaces=\\\"git\\\" $p\" >git.signers; echo \"k@example.org namespaces=\\\"git,file\\\" $p\" >file.signers\n"
    "echo \"k@example.org cert-authority $c\" >ca.signers; echo \"k@example.org cert-authority $p\" >self.signers; echo '!k@example.org '\"$p\" "
    ">negated.signers\n"
    "{ echo \"a@example.org valid-before=\\\"20200101\\\" $p\"; echo \"k@example.org $p\"; } >second.signers\n"
    "echo \"$p\" >k.revoked; ssh-keygen -q -k -f krl.revoked k.pub; ssh-keygen -q -k -f otherkrl.revoked l.pub; echo \"$q\" >l.revoked\n";

/* ---- the tables ---- */

typedef struct {
    const char *signature, *key; /* gpg: "@NAME" stands for its fingerprint, and what is around it stays; ssh: "@" for the folder */
    bool good;
} GpgCase;

static const GpgCase gpg_cases[] = {
    {"good.asc", "@good", true},
    {"good.asc", "0x@good", true},
    {"good.asc", "@good!", true},
    {"sub1.asc", "@subs", true},
    {"sub1.asc", "@sub1", true},
    {"sub1.asc", "@sub1!", true},
    {"strong.asc", "@weak", true},
    {"noted.asc", "@good", true},
    /* not the key */
    {"good.asc", "", false},
    {"good.asc", "ada@example.org", false},
    {"good.asc", "Ada <ada@example.org>", false},
    {"good.asc", "%8", false},
    {"good.asc", "%16", false},
    {"good.asc", "%39", false},
    {"good.asc", "@good0", false},
    {"good.asc", "00000000", false},
    {"good.asc", "@same", false},
    {"same.asc", "@good", false},
    {"fake.asc", "@good", false},
    {"good.asc", "@subs", false},
    {"sub1.asc", "@subs!", false},
    {"sub1.asc", "@sub2", false},
    {"sub2.asc", "@sub1", false},
    {"away.asc", "@away", false},
    /* not valid any more, or never */
    {"old.asc", "@old", false},
    {"late.asc", "@good", false},
    {"gone.asc", "@gone", false},
    {"sub2.asc", "@subs", false},
    {"weak.asc", "@weak", false},
    {"text.asc", "@good", false},
    /* not one detached signature of this file */
    {"other.asc", "@good", false},
    {"bare.asc", "@good", false},
    {"clear.asc", "@good", false},
    {"inline.asc", "@good", false},
    {"both.asc", "@good", false},
    {"onebad.asc", "@good", false},
    {"twice.asc", "@good", false},
    {"blocks.asc", "@good", false},
    {"cut.asc", "@good", false},
    {"more.asc", "@good", false},
    {"junk.asc", "@good", false},
    {"empty.asc", "@good", false},
    {"huge.asc", "@good", false},
    {"nul.asc", "@good", false},
    {"flipped.asc", "@good", false},
    {"line.asc", "@good", false},
    {"label.asc", "@good", false},
    {"crlf.asc", "@good", false},
    {"missing.asc", "@good", false},
};

typedef struct {
    const char *signature, *key, *signers, *revoked;
    bool good;
    gint64 when; /* of what is signed; 0: now */
} SshCase;

static const SshCase ssh_cases[] = {
    {"good.sig", "k", NULL, NULL, true, 0},
    {"good.sig", "k.pub", NULL, NULL, true, 0},
    {"good.sig", "literal", NULL, NULL, true, 0},
    {"good.sig", "k", "in.signers", "l.revoked", true, 0},
    {"good.sig", "k", "now.signers", "otherkrl.revoked", true, 0},
    {"good.sig", "k", "file.signers", NULL, true, 0},
    {"good.sig", "k", "second.signers", NULL, true, 0},
    {"good.sig", "k", "past.signers", NULL, true, 1717200000},   /* 2024 */
    {"good.sig", "k", "future.signers", NULL, true, 4102444800}, /* 2100 */
    {"good.sig", "k", "now.signers", NULL, true, 1717200000},
    {"good.sig", "k", "past.signers", NULL, false, 1748736000}, /* 2025 */
    {"good.sig", "k", "future.signers", NULL, false, 1717200000},
    {"good.sig", "k", "now.signers", NULL, false, 1546300800}, /* 2019 */
    {"good.sig", "k", "not.signers", NULL, false, 1717200000},
    {"good.sig", "k", "past.signers", "k.revoked", false, 1717200000},
    {"good.sig", "k", "self.signers", NULL, false, 1717200000},
    {"good.sig", "l", NULL, NULL, false, 0},
    {"l.sig", "k", NULL, NULL, false, 0},
    {"l.sig", "k", "not.signers", NULL, false, 0},
    {"git.sig", "k", NULL, NULL, false, 0},
    {"other.sig", "k", NULL, NULL, false, 0},
    {"cut.sig", "k", NULL, NULL, false, 0},
    {"more.sig", "k", NULL, NULL, false, 0},
    {"junk.sig", "k", NULL, NULL, false, 0},
    {"blocks.sig", "k", NULL, NULL, false, 0},
    {"empty.sig", "k", NULL, NULL, false, 0},
    {"pgp.sig", "k", NULL, NULL, false, 0},
    {"missing.sig", "k", NULL, NULL, false, 0},
    {"good.sig", "nokey", NULL, NULL, false, 0},
    {"good.sig", "k", "not.signers", NULL, false, 0},
    {"good.sig", "k", "none.signers", NULL, false, 0},
    {"good.sig", "k", "missing.signers", NULL, false, 0},
    {"good.sig", "k", "past.signers", NULL, false, 0},
    {"good.sig", "k", "future.signers", NULL, false, 0},
    {"good.sig", "k", "git.signers", NULL, false, 0},
    {"good.sig", "k", "ca.signers", NULL, false, 0},
    {"good.sig", "k", "self.signers", NULL, false, 0},
    {"good.sig", "k", "negated.signers", NULL, false, 0},
    {"good.sig", "k", NULL, "k.revoked", false, 0},
    {"good.sig", "k", NULL, "krl.revoked", false, 0},
    {"good.sig", "k", "in.signers", "krl.revoked", false, 0},
    {"good.sig", "k", NULL, "missing.revoked", false, 0},
};

static char *in_work(const char *name) {
    return name != NULL ? g_build_filename(work, name, NULL) : NULL;
}

static char *text_of(const char *name) {
    g_autofree char *path = in_work(name);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return g_strchomp(text);
}

static char *gpg_key(const char *form) {
    g_autofree char *good = text_of("good.fpr");
    if (*form == '%')
        return g_strdup(good + strlen(good) - (gsize)g_ascii_strtoull(form + 1, NULL, 10));
    const char *at = strchr(form, '@');
    if (at == NULL || strchr(form, '.') != NULL)
        return g_strdup(form);
    gsize length = strspn(at + 1, G_CSET_a_2_z "12");
    g_autofree char *name = g_strndup(at + 1, length);
    g_autofree char *file = g_strconcat(name, ".fpr", NULL);
    g_autofree char *print = text_of(file);
    return g_strdup_printf("%.*s%s%s", (int)(at - form), form, print, at + 1 + length);
}

static void expect(const SignSpec *spec, const char *signature, bool good) {
    g_autofree char *file = in_work(LISTED), *path = in_work(signature);
    GError *error = NULL;
    bool is = sign_check(spec, file, path, &error);
    if (is != good)
        g_error("%s by \"%s\" (%s, %s) is %s: %s", signature, spec->key, spec->signers != NULL ? spec->signers : "", spec->revoked != NULL ? spec->revoked : "",
                is ? "taken" : "refused", error != NULL ? error->message : "");
    g_assert_true(is == (error == NULL));
    g_clear_error(&error);
}

static void test_gpg(void) {
    do_sh(make_keys);
    do_sh(make_signatures);
    for (guint i = 0; i < G_N_ELEMENTS(gpg_cases); i++) {
        g_autofree char *key = gpg_key(gpg_cases[i].key);
        expect(&(SignSpec){.kind = "gpg", .key = key}, gpg_cases[i].signature, gpg_cases[i].good);
    }
}

static void test_ssh(void) {
    do_sh(make_ssh);
    for (guint i = 0; i < G_N_ELEMENTS(ssh_cases); i++) {
        const SshCase *is = &ssh_cases[i];
        g_autofree char *key = strcmp(is->key, "literal") == 0 ? text_of("k.pub") : in_work(is->key);
        g_autofree char *signers = in_work(is->signers), *revoked = in_work(is->revoked);
        expect(&(SignSpec){.kind = "ssh", .key = key, .signers = signers, .revoked = revoked, .when = is->when}, is->signature, is->good);
    }
}

/* A name stands for a key only where it is the name of one. */
static void test_resolving(void) {
    static const struct {
        const char *key, *is; /* is NULL: refused */
    } cases[] = {{"weak@example.org", "@weak"}, {"Weak", "@weak"},          {"@weak", "@weak"},           {"@weak!", "@weak!"},
                 {"0x@weak", "@weak"},          {"ada@example.org", NULL},  {"example.org", NULL},        {"old@example.org", NULL},
                 {"gone@example.org", NULL},    {"away@example.org", NULL}, {"nobody@example.org", NULL}, {"--version", NULL}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *key = gpg_key(cases[i].key), *is = cases[i].is != NULL ? gpg_key(cases[i].is) : NULL;
        GError *error = NULL;
        g_autofree char *full = sign_resolve(&(SignSpec){.kind = "gpg", .key = key}, &error);
        g_assert_cmpstr(full, ==, is);
        g_assert_true((error != NULL) == (is == NULL));
        if (error != NULL)
            g_assert_true(error_is(error, ERROR_SIGNING));
        g_clear_error(&error);
    }
    g_autofree char *chosen = sign_resolve(&(SignSpec){.kind = "gpg", .key = ""}, NULL);
    g_assert_nonnull(chosen);
    g_assert_cmpuint(strlen(chosen), ==, 40);
}

/* ---- what gpg says, without gpg ---- */

#define F "0123456789ABCDEF0123456789ABCDEF01234567"
#define O "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
#define NEW "[GNUPG:] NEWSIG\n"
#define GOOD "[GNUPG:] GOODSIG 89ABCDEF01234567 Ada\n"
#define VALID_OF(signer, digest, class, primary) "[GNUPG:] VALIDSIG " signer " 2026-01-01 1 0 4 0 22 " digest " " class " " primary "\n"
#define VALID VALID_OF(F, "8", "00", F)

static void test_status(void) {
    static const struct {
        const char *status;
        bool good;
    } cases[] = {
        {NEW GOOD VALID, true},
        {NEW GOOD VALID_OF(O, "10", "00", F), true},
        {NEW GOOD VALID_OF(F, "8", "00", O), true},
        {"[GNUPG:] KEY_CONSIDERED " F " 0\n" NEW GOOD VALID "[GNUPG:] TRUST_UNDEFINED 0 pgp\n[GNUPG:] KEYEXPIRED 1\n", true},
        {NEW GOOD VALID "[GNUPG:] NOTATION_DATA %0A[GNUPG:]%20BADSIG\n", true},
        {"", false},
        {GOOD, false},
        {VALID, false},
        {NEW GOOD, false},
        {NEW GOOD GOOD VALID, false},
        {NEW GOOD VALID VALID, false},
        {NEW GOOD VALID NEW, false},
        {NEW GOOD VALID NEW "[GNUPG:] BADSIG 89ABCDEF01234567 Ada\n", false},
        {NEW "[GNUPG:] EXPSIG 89ABCDEF01234567 Ada\n" VALID, false},
        {NEW "[GNUPG:] EXPKEYSIG 89ABCDEF01234567 Ada\n" VALID, false},
        {NEW "[GNUPG:] REVKEYSIG 89ABCDEF01234567 Ada\n" VALID, false},
        {NEW GOOD VALID "[GNUPG:] ERRSIG 89ABCDEF01234567 22 8 00 1 9 -\n", false},
        {NEW GOOD VALID "[GNUPG:] NO_PUBKEY 89ABCDEF01234567\n", false},
        {NEW GOOD VALID "[GNUPG:] KEYREVOKED\n", false},
        {NEW GOOD VALID "[GNUPG:] SIGEXPIRED\n", false},
        {NEW GOOD VALID "[GNUPG:] TRUST_NEVER 0 pgp\n", false},
        {NEW GOOD VALID "[GNUPG:] NODATA 1\n", false},
        {NEW GOOD VALID "[GNUPG:] FAILURE gpg-exit 33554433\n", false},
        {NEW GOOD VALID "[GNUPG:] PLAINTEXT 62 0 \n", false},
        {NEW GOOD VALID "[GNUPG:] SOMETHING_NEW\n", false},
        {NEW GOOD VALID "said by nobody\n", false},
        {NEW GOOD "x" VALID, false},
        {NEW "[GNUPG:] GOODSIGX 89ABCDEF01234567 Ada\n" VALID, false},
        {NEW "[GNUPG:]GOODSIG 1 A\n" VALID, false},
        {NEW GOOD VALID_OF(O, "8", "00", O), false},
        {NEW GOOD VALID_OF("x" F, "8", "00", O), false},
        {NEW GOOD VALID_OF("01234567", "8", "00", "01234567"), false},
        {NEW GOOD VALID_OF(F, "2", "00", F), false},
        {NEW GOOD VALID_OF(F, "1", "00", F), false},
        {NEW GOOD VALID_OF(F, "", "00", F), false},
        {NEW GOOD VALID_OF(F, "8", "01", F), false},
        {NEW GOOD "[GNUPG:] VALIDSIG " F "\n", false},
        {NEW "[GNUPG:] GOODSIG 1 Ada " VALID, false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *why = NULL;
        bool good = sign_status_is_good(cases[i].status, strlen(cases[i].status), F, &why);
        if (good != cases[i].good)
            g_error("%s\nis %s: %s", cases[i].status, good ? "taken" : "refused", why);
        g_assert_true(good == (why == NULL));
    }
    g_autofree char *why = NULL;
    g_assert_false(sign_status_is_good(NEW GOOD VALID "\0x", strlen(NEW GOOD VALID) + 2, F, &why));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    home = g_dir_make_tmp("gpg-XXXXXX", NULL);
    work = g_dir_make_tmp("sign-XXXXXX", NULL);
    g_setenv("GNUPGHOME", home, TRUE);
    g_test_add_func("/sign/status", test_status);
    g_test_add_func("/sign/gpg", test_gpg);
    g_test_add_func("/sign/resolving", test_resolving);
    g_test_add_func("/sign/ssh", test_ssh);
    int status = g_test_run();
    do_sh("gpgconf --kill all");
    fs_remove_tree(home, NULL);
    fs_remove_tree(work, NULL);
    g_free(home);
    g_free(work);
    return status;
}
