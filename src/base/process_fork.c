/* Children that want what posix_spawn cannot give: a umask, a session of their own, a fence. The whole of a process has one umask, so that it cannot be lent
 * from here while other threads write files. Between fork and exec stands only what signal-safety(7) allows. */
#include "base/process_fork.h"

#include "base/process_fence.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_FD 3

typedef struct {
    const ProcessSpec *spec;
    const char *program;
    const int *fds;
    char *const *env;
    int folder; /* -1: as it is */
    const ProcessFence *fence;
    int report; /* takes errno when the program cannot be started */
} Birth;

static void reset_signals(void) {
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool settle(const Birth *birth) {
    for (int i = 0; i < 3; i++) {
        if (dup2(birth->fds[i], i) < 0)
            return false;
    }
    bool alone = birth->spec->session ? setsid() >= 0 : setpgid(0, 0) == 0;
    if (!alone || (birth->folder >= 0 && fchdir(birth->folder) != 0))
        return false;
    if (birth->spec->umask != 0)
        umask(birth->spec->umask);
    return true;
}

static void become(const Birth *birth) {
    reset_signals();
    int report = birth->report == REPORT_FD ? REPORT_FD : dup3(birth->report, REPORT_FD, O_CLOEXEC);
    /* The three are taken first: one of them may have had the number of the report. */
    if (report == REPORT_FD && settle(birth) && process_fence_enter(birth->fence)) {
        closefrom(REPORT_FD + 1);
        execve(birth->program, (char *const *)birth->spec->argv, birth->env);
    }
    int problem = errno;
    ssize_t told = write(report == REPORT_FD ? REPORT_FD : birth->report, &problem, sizeof problem);
    _exit(told == sizeof problem ? 127 : 126);
}

static int give_birth(const Birth *birth, int listen, pid_t *pid) {
    *pid = fork();
    if (*pid == 0)
        become(birth);
    int problem = *pid < 0 ? errno : 0;
    close(birth->report);
    if (*pid > 0 && read(listen, &problem, sizeof problem) != sizeof problem)
        problem = 0;
    if (*pid > 0 && problem != 0)
        waitpid(*pid, NULL, 0);
    return problem;
}

/* Above the numbers that the child needs for itself, so that nothing is overwritten before it is taken. */
static int high_fd(int fd) {
    int high = fcntl(fd, F_DUPFD_CLOEXEC, REPORT_FD + 1), problem = errno;
    close(fd);
    errno = problem;
    return high;
}

static void close_fd(int fd) {
    if (fd >= 0)
        close(fd);
}

/* fds[i] above them, -1 as /dev/null. 0, or errno's number. */
static int raise_fds(const int fds[3], int high[3]) {
    int problem = 0;
    for (int i = 0; i < 3; i++) {
        high[i] = fds[i] >= 0 ? fcntl(fds[i], F_DUPFD_CLOEXEC, REPORT_FD + 1) : open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (fds[i] < 0 && high[i] <= REPORT_FD)
            high[i] = high_fd(high[i]);
        problem = high[i] < 0 ? errno : problem;
    }
    return problem;
}

/* Takes the report's end that is written to. */
static int bear(Birth *birth, const int report[2], const int fds[3], pid_t *pid) {
    int high[3] = {-1, -1, -1};
    birth->report = high_fd(report[1]);
    int problem = birth->report < 0 ? errno : raise_fds(fds, high);
    birth->fds = high;
    if (problem == 0)
        problem = give_birth(birth, report[0], pid);
    else
        close_fd(birth->report);
    for (int i = 0; i < 3; i++)
        close_fd(high[i]);
    return problem;
}

int process_fork(const ProcessSpec *spec, const char *program, const int fds[3], char *const *env, pid_t *pid) {
    int report[2];
    int folder = spec->cwd != NULL ? open(spec->cwd, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (spec->cwd != NULL && folder < 0)
        return errno;
    ProcessFence fence;
    int problem = process_fence_open(spec, &fence);
    if (problem == 0 && pipe2(report, O_CLOEXEC) != 0)
        problem = errno;
    else if (problem == 0) {
        Birth birth = {.spec = spec, .program = program, .env = env, .folder = folder, .fence = &fence};
        problem = bear(&birth, report, fds, pid);
        close(report[0]);
    }
    process_fence_close(&fence);
    close_fd(folder);
    return problem;
}
