package org.foreshape.nativebindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.foreshape.nativebindings.generated.libvirt.virDomainInfo;
import org.foreshape.nativebindings.generated.libvirt.virDomainMemoryStatStruct;
import org.foreshape.nativebindings.generated.libvirt.virDomainStatsRecord;
import org.foreshape.nativebindings.generated.libvirt.virError;
import org.foreshape.nativebindings.generated.libvirt.virNodeInfo;
import org.foreshape.nativebindings.generated.libvirt.virTypedParameter;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.MemoryAdvice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every offset and constant in use is what the C compiler says, from the headers of this machine.
 */
class CompilerTest {
    private static final String[] LINUX_HEADERS = {
        "errno.h",
        "fcntl.h",
        "poll.h",
        "stddef.h",
        "sys/mman.h",
        "sys/stat.h",
        "sys/syscall.h",
        "sys/uio.h",
        "unistd.h",
        "linux/mempolicy.h"
    };

    private final List<String> expressions = new ArrayList<>();
    private final List<Long> ours = new ArrayList<>();

    @Test
    void shouldAgreeWithTheHeadersOfLibvirt(@TempDir Path folder) throws Exception {
        assumeTrue(
                Files.isReadable(Path.of("/usr/include/libvirt/libvirt.h")),
                "skipped: no headers of libvirt (apt-get install libvirt-dev)");
        same("sizeof(virTypedParameter)", virTypedParameter.sizeof());
        same("offsetof(virTypedParameter, field)", virTypedParameter.field$offset());
        same("offsetof(virTypedParameter, type)", virTypedParameter.type$offset());
        same("offsetof(virTypedParameter, value)", virTypedParameter.value$offset());
        same("VIR_TYPED_PARAM_FIELD_LENGTH", 80);
        same("sizeof(virDomainStatsRecord)", virDomainStatsRecord.sizeof());
        same("offsetof(virDomainStatsRecord, dom)", virDomainStatsRecord.dom$offset());
        same("offsetof(virDomainStatsRecord, params)", virDomainStatsRecord.params$offset());
        same("offsetof(virDomainStatsRecord, nparams)", virDomainStatsRecord.nparams$offset());
        same("sizeof(virDomainMemoryStatStruct)", virDomainMemoryStatStruct.sizeof());
        same("offsetof(virDomainMemoryStatStruct, tag)", virDomainMemoryStatStruct.tag$offset());
        same("offsetof(virDomainMemoryStatStruct, val)", virDomainMemoryStatStruct.val$offset());
        same("sizeof(virDomainInfo)", virDomainInfo.sizeof());
        same("offsetof(virDomainInfo, maxMem)", virDomainInfo.maxMem$offset());
        same("offsetof(virDomainInfo, cpuTime)", virDomainInfo.cpuTime$offset());
        same("offsetof(virError, code)", virError.code$offset());
        same("offsetof(virError, domain)", virError.domain$offset());
        same("offsetof(virError, message)", virError.message$offset());
        same("offsetof(virError, level)", virError.level$offset());
        same("sizeof(virNodeInfo)", virNodeInfo.sizeof());
        same("offsetof(virNodeInfo, memory)", virNodeInfo.memory$offset());
        same("offsetof(virNodeInfo, threads)", virNodeInfo.threads$offset());
        same("VIR_DOMAIN_AFFECT_LIVE", LibvirtFlags.AFFECT_LIVE);
        same("VIR_DOMAIN_AFFECT_CONFIG", LibvirtFlags.AFFECT_CONFIG);
        same("VIR_DOMAIN_STATS_STATE", LibvirtFlags.STATS_STATE);
        same("VIR_DOMAIN_STATS_CPU_TOTAL", LibvirtFlags.STATS_CPU);
        same("VIR_DOMAIN_STATS_BALLOON", LibvirtFlags.STATS_BALLOON);
        same("VIR_DOMAIN_STATS_VCPU", LibvirtFlags.STATS_VCPU);
        same("VIR_DOMAIN_STATS_INTERFACE", LibvirtFlags.STATS_INTERFACE);
        same("VIR_DOMAIN_STATS_BLOCK", LibvirtFlags.STATS_BLOCK);
        same("VIR_DOMAIN_STATS_DIRTYRATE", LibvirtFlags.STATS_DIRTYRATE);
        same("VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE", LibvirtFlags.STATS_FLAG_ACTIVE);
        same("VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT", LibvirtFlags.STATS_FLAG_NOWAIT);
        same("VIR_CONNECT_LIST_DOMAINS_ACTIVE", LibvirtFlags.LIST_ACTIVE);
        same("VIR_CONNECT_LIST_DOMAINS_INACTIVE", LibvirtFlags.LIST_INACTIVE);
        same("VIR_DOMAIN_MEM_MAXIMUM", LibvirtFlags.MEM_MAXIMUM);
        same("VIR_DOMAIN_VCPU_MAXIMUM", LibvirtFlags.VCPU_MAXIMUM);
        same("VIR_DOMAIN_VCPU_GUEST", LibvirtFlags.VCPU_GUEST);
        same("VIR_DOMAIN_BLOCK_RESIZE_BYTES", LibvirtFlags.BLOCK_RESIZE_BYTES);
        same("VIR_DOMAIN_XML_SECURE", LibvirtFlags.XML_SECURE);
        same("VIR_DOMAIN_XML_INACTIVE", LibvirtFlags.XML_INACTIVE);
        same("VIR_DOMAIN_RUNNING", LibvirtFlags.STATE_RUNNING);
        same("VIR_DOMAIN_BLOCKED", LibvirtFlags.STATE_BLOCKED);
        same("VIR_DOMAIN_PAUSED", LibvirtFlags.STATE_PAUSED);
        same("VIR_DOMAIN_SHUTDOWN", LibvirtFlags.STATE_SHUTDOWN);
        same("VIR_DOMAIN_SHUTOFF", LibvirtFlags.STATE_SHUTOFF);
        same("VIR_DOMAIN_CRASHED", LibvirtFlags.STATE_CRASHED);
        same("VIR_DOMAIN_PMSUSPENDED", LibvirtFlags.STATE_PMSUSPENDED);
        same("VIR_DOMAIN_EVENT_DEFINED", LibvirtFlags.EVENT_DEFINED);
        same("VIR_DOMAIN_EVENT_UNDEFINED", LibvirtFlags.EVENT_UNDEFINED);
        same("VIR_DOMAIN_EVENT_STARTED", LibvirtFlags.EVENT_STARTED);
        same("VIR_DOMAIN_EVENT_SUSPENDED", LibvirtFlags.EVENT_SUSPENDED);
        same("VIR_DOMAIN_EVENT_RESUMED", LibvirtFlags.EVENT_RESUMED);
        same("VIR_DOMAIN_EVENT_STOPPED", LibvirtFlags.EVENT_STOPPED);
        same("VIR_DOMAIN_EVENT_SHUTDOWN", LibvirtFlags.EVENT_SHUTDOWN);
        same("VIR_DOMAIN_EVENT_ID_LIFECYCLE", 0);
        same("VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE", 13);
        same("VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE", 26);
        same("VIR_DOMAIN_METADATA_ELEMENT", 2);
        same("VIR_TYPED_PARAM_INT", 1);
        same("VIR_TYPED_PARAM_STRING", 7);
        same("VIR_DOMAIN_MEMORY_STAT_SWAP_IN", LibvirtFlags.MEMORY_SWAP_IN);
        same("VIR_DOMAIN_MEMORY_STAT_SWAP_OUT", LibvirtFlags.MEMORY_SWAP_OUT);
        same("VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT", LibvirtFlags.MEMORY_MAJOR_FAULT);
        same("VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT", LibvirtFlags.MEMORY_MINOR_FAULT);
        same("VIR_DOMAIN_MEMORY_STAT_UNUSED", LibvirtFlags.MEMORY_UNUSED);
        same("VIR_DOMAIN_MEMORY_STAT_AVAILABLE", LibvirtFlags.MEMORY_AVAILABLE);
        same("VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON", LibvirtFlags.MEMORY_ACTUAL_BALLOON);
        same("VIR_DOMAIN_MEMORY_STAT_RSS", LibvirtFlags.MEMORY_RSS);
        same("VIR_DOMAIN_MEMORY_STAT_USABLE", LibvirtFlags.MEMORY_USABLE);
        same("VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE", LibvirtFlags.MEMORY_LAST_UPDATE);
        same("VIR_DOMAIN_MEMORY_STAT_DISK_CACHES", LibvirtFlags.MEMORY_DISK_CACHES);
        same("VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC", LibvirtFlags.MEMORY_HUGETLB_PGALLOC);
        same("VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL", LibvirtFlags.MEMORY_HUGETLB_PGFAIL);
        same("VIR_ERR_NO_SUPPORT", LibvirtException.NO_SUPPORT);
        same("VIR_ERR_NO_CONNECT", LibvirtException.NO_CONNECT);
        same("VIR_ERR_INVALID_ARG", LibvirtException.INVALID_ARG);
        same("VIR_ERR_SYSTEM_ERROR", LibvirtException.SYSTEM_ERROR);
        same("VIR_ERR_RPC", LibvirtException.RPC);
        same("VIR_ERR_NO_DOMAIN", LibvirtException.NO_DOMAIN);
        same("VIR_ERR_OPERATION_INVALID", LibvirtException.OPERATION_INVALID);
        same("VIR_ERR_OPERATION_TIMEOUT", LibvirtException.OPERATION_TIMEOUT);
        same("VIR_ERR_NO_DOMAIN_METADATA", LibvirtException.NO_DOMAIN_METADATA);
        same("VIR_ERR_AGENT_UNRESPONSIVE", LibvirtException.AGENT_UNRESPONSIVE);

        assertThat(fromCompiler(folder, "stddef.h", "libvirt/libvirt.h", "libvirt/virterror.h"))
                .as(expressions.toString())
                .isEqualTo(ours);
    }

    @Test
    void shouldAgreeWithTheHeadersOfLinux(@TempDir Path folder) throws Exception {
        same("offsetof(struct statx, stx_blocks)", 48);
        same("sizeof(struct statx)", 256);
        same("offsetof(struct statx, stx_uid)", 20);
        same("offsetof(struct statx, stx_ino)", 32);
        same("offsetof(struct statx, stx_size)", 40);
        same("offsetof(struct statx, stx_dev_major)", 136);
        same("offsetof(struct statx, stx_dev_minor)", 140);
        same("STATX_UID", 0x8);
        same("STATX_INO | STATX_SIZE", 0x100 | 0x200);
        same("STATX_BLOCKS", 0x400);
        same("O_RDONLY | O_NONBLOCK | O_CLOEXEC", 0x800 | 0x80000);
        same("O_NOATIME", 0x40000);
        same("POSIX_FADV_DONTNEED", 4);
        same("SEEK_END", 2);
        same("AT_EMPTY_PATH", 0x1000);
        same("sizeof(struct pollfd)", 8);
        same("offsetof(struct pollfd, events)", 4);
        same("offsetof(struct pollfd, revents)", 6);
        same("POLLPRI", 2);
        same("POLLERR", 8);
        same("sizeof(struct iovec)", 16);
        same("offsetof(struct iovec, iov_len)", 8);
        same("O_RDWR | O_NONBLOCK | O_CLOEXEC", 2 | 0x800 | 0x80000);
        same("MFD_CLOEXEC", 1);
        same("PROT_READ | PROT_WRITE", 3);
        same("MAP_SHARED", 1);
        same("FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE", 3);
        same("MPOL_MF_MOVE", 2);
        same("MPOL_MF_MOVE_ALL", 4);
        same("MADV_WILLNEED", MemoryAdvice.WILLNEED.number());
        same("MADV_DONTNEED", MemoryAdvice.DONTNEED.number());
        same("MADV_HUGEPAGE", MemoryAdvice.HUGEPAGE.number());
        same("MADV_NOHUGEPAGE", MemoryAdvice.NOHUGEPAGE.number());
        same("MADV_COLD", MemoryAdvice.COLD.number());
        same("MADV_PAGEOUT", MemoryAdvice.PAGEOUT.number());
        same("MADV_POPULATE_READ", MemoryAdvice.POPULATE_READ.number());
        same("MADV_POPULATE_WRITE", MemoryAdvice.POPULATE_WRITE.number());
        for (int errno = 1; errno < 134; errno++) {
            String symbol = Errno.symbol(errno);
            if (symbol.startsWith("E")) {
                same(symbol, errno);
            }
        }
        boolean x86 = System.getProperty("os.arch").equals("amd64");
        same("SYS_move_pages", x86 ? 279 : 239);
        same("SYS_pidfd_send_signal", 424);
        same("SYS_pidfd_open", 434);
        same("SYS_process_madvise", 440);
        same("SYS_ioprio_set", x86 ? 251 : 30);
        same("SYS_ioprio_get", x86 ? 252 : 31);

        assertThat(fromCompiler(folder, LINUX_HEADERS)).as(expressions.toString()).isEqualTo(ours);
    }

    private void same(String expression, long value) {
        expressions.add(expression);
        ours.add(value);
    }

    private List<Long> fromCompiler(Path folder, String... headers)
            throws IOException, InterruptedException {
        StringBuilder program = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n");
        for (String header : headers) {
            program.append("#include <").append(header).append(">\n");
        }
        program.append("int main(void) {\n");
        for (String expression : expressions) {
            program.append("  printf(\"%lld\\n\", (long long)(").append(expression).append("));\n");
        }
        program.append("  return 0;\n}\n");
        Path source = folder.resolve("ask.c");
        Path binary = folder.resolve("ask");
        Files.writeString(source, program);
        assumeTrue(isInstalled("gcc"), "skipped: no gcc (apt-get install gcc libc6-dev)");
        run("gcc", "-o", binary.toString(), source.toString());
        return run(binary.toString()).lines().map(Long::valueOf).toList();
    }

    private static boolean isInstalled(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
