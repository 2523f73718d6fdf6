// What `foreshape bench numa` compares with and acts on.
//   numa_probe hold MIB [small]             holds memory, prints `READY pid=N start=HEX bytes=N`, ends with stdin
//   numa_probe query PID START BYTES BATCH  for each line on stdin asks where every page lies, by move_pages(2) in
//                                           batches, and prints `ns=N pages=N`
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int hold(int argc, char **argv) {
    size_t bytes = strtoull(argv[2], NULL, 10) << 20;
    size_t huge = 2 << 20;
    char *raw = mmap(NULL, bytes + 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *start = (char *)(((uintptr_t)raw + huge) & ~(uintptr_t)(huge - 1));
    if (raw == MAP_FAILED || mprotect(start, bytes, PROT_READ | PROT_WRITE)) return 1;
    if (argc > 3 && strcmp(argv[3], "small") == 0) madvise(start, bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < bytes; i += 4096) *(volatile char *)(start + i) = 1;
    printf("READY pid=%d start=%lx bytes=%zu\n", getpid(), (unsigned long)start, bytes);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int query(char **argv) {
    long pid = strtol(argv[2], NULL, 10);
    uint64_t start = strtoull(argv[3], NULL, 16);
    uint64_t bytes = strtoull(argv[4], NULL, 10);
    size_t batch = strtoull(argv[5], NULL, 10);
    void **pages = malloc(batch * sizeof *pages);
    int *status = malloc(batch * sizeof *status);
    int64_t per_node[64];
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        memset(per_node, 0, sizeof per_node);
        int64_t from = now(), present = 0;
        for (uint64_t at = 0; at < bytes; at += batch * 4096) {
            size_t count = (bytes - at) / 4096 < batch ? (bytes - at) / 4096 : batch;
            for (size_t i = 0; i < count; i++) pages[i] = (void *)(start + at + i * 4096);
            if (syscall(SYS_move_pages, pid, count, pages, NULL, status, 2)) return 1;
            for (size_t i = 0; i < count; i++)
                if (status[i] >= 0 && status[i] < 64) {
                    per_node[status[i]] += 4096;
                    present++;
                }
        }
        printf("ns=%lld pages=%lld\n", (long long)(now() - from), (long long)present);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); // never outlives the benchmark
    if (argc >= 3 && strcmp(argv[1], "hold") == 0) return hold(argc, argv);
    if (argc == 6 && strcmp(argv[1], "query") == 0) return query(argv);
    return 2;
}
