/*
 * memw: a workload that fills and frees memory on command, and can prove that none of it changed.
 *
 * It serves one virtio-serial port, named on the command line. It says READY once, then answers requests, one line each:
 *
 *   set N         hold N blocks of 1 MiB: write every word of the new ones, unmap the surplus    set N in S s
 *   fill N RATE   like set, but grow by at most RATE blocks a second                             fill N in S s
 *   sum           compute every word anew and compare                                            sum blocks=N bad=B in S s
 *   touch         read one word of every page                                                    touch in S s
 *   mi            the guest's memory, in kB                                                      MemTotal=... AnonPages=...
 *   clock         the guest's CLOCK_MONOTONIC                                                    clock NS
 *   sh CMD        run a shell command                                                            its lines, then rc=N in S s
 *
 * A request may start with "@TAG ": then every line of its answer does. So a client that gave up on one answer cannot
 * take it for the answer to its next request. Nothing is said before the work is done.
 *
 * Blocks are a stack. Each has a seed of its own, and word i of a block is a hash of seed and i, so no two pages of any
 * guest are alike (nothing can be merged), and every word can be checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, WORDS = BLOCK_BYTES / 8, BLOCKS_MAX = 1 << 16, LINE_MAX_BYTES = 4096 };

static uint64_t *block[BLOCKS_MAX];
static uint64_t seed[BLOCKS_MAX];
static int blocks;
static uint64_t next_seed;
static int port;
static char tag[64];
static volatile uint64_t sink; /* keeps the compiler from dropping reads whose value nobody wants */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void sleep_s(double s)
{
    struct timespec t = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - (time_t)s) * 1e9)};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) {
    }
}

/* One multiplication a word: under emulation the hash, not the memory, would else set the pace of a fill. */
static inline uint64_t word(uint64_t s, uint64_t i)
{
    uint64_t x = (s + i) * 0x9E3779B97F4A7C15u;
    return x ^ (x >> 29);
}

static void say(const char *text)
{
    char line[LINE_MAX_BYTES + sizeof tag + 4];
    int n = snprintf(line, sizeof line, "%s%s\n", tag, text);
    for (int done = 0; done < n;) {
        ssize_t w = write(port, line + done, n - done);
        if (w > 0) {
            done += w;
        } else if (w < 0 && errno != EINTR && errno != EAGAIN) {
            return; /* nobody listens: the answer is lost, the memory is not */
        }
    }
}

/* Grows or shrinks to `target` blocks, at most `rate` new ones a second (0: no limit). Stops early where mmap fails. */
static void resize(int target, double rate, double start_s)
{
    for (; blocks > target; blocks--) {
        munmap(block[blocks - 1], BLOCK_BYTES);
    }
    for (int grown = 0; blocks < target; blocks++, grown++) {
        double ahead_s = rate > 0 ? start_s + grown / rate - now_s() : 0;
        if (ahead_s > 0) {
            sleep_s(ahead_s);
        }
        uint64_t *b = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (b == MAP_FAILED) {
            return;
        }
        uint64_t s = next_seed;
        next_seed += 0xD1B54A32D192ED03u;
        for (uint64_t i = 0; i < WORDS; i++) {
            b[i] = word(s, i);
        }
        block[blocks] = b;
        seed[blocks] = s;
    }
}

static uint64_t bad_words(void)
{
    uint64_t bad = 0;
    for (int k = 0; k < blocks; k++) {
        for (uint64_t i = 0; i < WORDS; i++) {
            bad += block[k][i] != word(seed[k], i);
        }
    }
    return bad;
}

static void touch(void)
{
    uint64_t x = 0;
    for (int k = 0; k < blocks; k++) {
        for (int i = 0; i < WORDS; i += 512) {
            x ^= ((volatile uint64_t *)block[k])[i];
        }
    }
    sink = x;
}

static void memory_info(void)
{
    static const char *const wanted[] = {"MemTotal", "MemFree", "MemAvailable", "Cached", "AnonPages"};
    char answer[512] = "", line[256], name[64];
    unsigned long kib;
    size_t n = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%63[^:]: %lu", name, &kib) != 2) {
            continue;
        }
        for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
            if (strcmp(name, wanted[w]) == 0) {
                n += snprintf(answer + n, sizeof answer - n, "%s%s=%lu", n ? " " : "", name, kib);
            }
        }
    }
    if (f) {
        fclose(f);
    }
    say(answer);
}

static void shell(const char *command, double start_s)
{
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof line, "exec 2>&1 </dev/null; %s", command);
    FILE *f = popen(line, "r");
    int status = -1;
    if (f) {
        while (fgets(line, sizeof line, f)) {
            line[strcspn(line, "\n")] = 0;
            say(line);
        }
        status = pclose(f);
    }
    int rc = status < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    snprintf(line, sizeof line, "rc=%d in %.3f s", rc, now_s() - start_s);
    say(line);
}

static void answer(char *request)
{
    char text[LINE_MAX_BYTES];
    double start_s = now_s(), rate = 0;
    int target = 0;

    tag[0] = 0;
    if (request[0] == '@') {
        size_t n = strcspn(request, " ");
        if (request[n] && n + 2 < sizeof tag) {
            memcpy(tag, request, n + 1);
            tag[n + 1] = 0;
            request += n + 1;
        }
    }
    if (sscanf(request, "fill %d %lf", &target, &rate) == 2 || sscanf(request, "set %d", &target) == 1) {
        if (target < 0 || target > BLOCKS_MAX || rate < 0) {
            snprintf(text, sizeof text, "error: a count of 0 to %d blocks is wanted: %.200s", BLOCKS_MAX, request);
        } else {
            resize(target, rate, start_s);
            snprintf(text, sizeof text, "%.*s %d in %.3f s", (int)strcspn(request, " "), request, blocks,
                     now_s() - start_s);
        }
        say(text);
    } else if (strcmp(request, "sum") == 0) {
        uint64_t bad = bad_words();
        snprintf(text, sizeof text, "sum blocks=%d bad=%llu in %.3f s", blocks, (unsigned long long)bad,
                 now_s() - start_s);
        say(text);
    } else if (strcmp(request, "touch") == 0) {
        touch();
        snprintf(text, sizeof text, "touch in %.3f s", now_s() - start_s);
        say(text);
    } else if (strcmp(request, "mi") == 0) {
        memory_info();
    } else if (strcmp(request, "clock") == 0) {
        snprintf(text, sizeof text, "clock %.0f", start_s * 1e9);
        say(text);
    } else if (strncmp(request, "sh ", 3) == 0) {
        shell(request + 3, start_s);
    } else {
        snprintf(text, sizeof text, "error: unknown request: %.200s", request);
        say(text);
    }
    tag[0] = 0;
}

int main(int argc, char **argv)
{
    static char line[LINE_MAX_BYTES];
    size_t n = 0;

    if (argc != 2 || (port = open(argv[1], O_RDWR | O_CLOEXEC)) < 0) {
        fprintf(stderr, "memw: usage: memw PORT (%s: %s)\n", argc > 1 ? argv[1] : "no port", strerror(errno));
        return 2;
    }
    if (getrandom(&next_seed, sizeof next_seed, GRND_NONBLOCK) != sizeof next_seed) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        next_seed = t.tv_nsec * 0x9E3779B97F4A7C15u + t.tv_sec;
    }
    say("READY");
    for (;;) {
        char c[512];
        ssize_t got = read(port, c, sizeof c);
        if (got <= 0) { /* no client is connected: what it left of a line counts for nothing */
            n = 0;
            sleep_s(0.02);
            continue;
        }
        for (ssize_t i = 0; i < got; i++) {
            if (c[i] != '\n') {
                if (n < sizeof line - 1) {
                    line[n++] = c[i];
                }
                continue;
            }
            line[n] = 0;
            n = 0;
            answer(line);
        }
    }
}
