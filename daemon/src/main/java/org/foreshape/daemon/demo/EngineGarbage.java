package org.foreshape.daemon.demo;

import java.lang.management.ManagementFactory;
import org.foreshape.daemon.control.Json;
import org.foreshape.daemon.engine.Engine;
import org.foreshape.ring.Counter;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the engine's threads allocate once the code is warm, by the JVM's own count, look by look. A
 * few of the first looks may find some: the JVM makes a method's string constants on the thread
 * that asks for its compilation, once. One thread.
 */
final class EngineGarbage {
    private final Engine engine;
    private long firstBytes;
    private long firstTicks;
    private long lastBytes;
    private long lastTicks;
    private int lookCount;
    private int cleanCount;
    private int cleanRun;
    private final ArrayNode lumps = Json.array();

    EngineGarbage(Engine engine) {
        this.engine = engine;
        begin();
    }

    /** Starts to count anew. */
    void begin() {
        firstBytes = engine.engineThreadBytes();
        firstTicks = engine.counters().get(Counter.TICKS);
        lastBytes = firstBytes;
        lastTicks = firstTicks;
        lookCount = 0;
        cleanCount = 0;
        cleanRun = 0;
        lumps.removeAll();
    }

    /** Looks at what was allocated since the look before. */
    void look() {
        long bytes = engine.engineThreadBytes();
        lookCount++;
        if (bytes != lastBytes) {
            lumps.addObject()
                    .put("second", lookCount)
                    .put("bytes", bytes - lastBytes)
                    .put("jvm_uptime_s", ManagementFactory.getRuntimeMXBean().getUptime() / 1e3);
        }
        cleanCount += bytes == lastBytes ? 1 : 0;
        cleanRun = bytes == lastBytes ? cleanRun + 1 : 0;
        lastBytes = bytes;
        lastTicks = engine.counters().get(Counter.TICKS);
    }

    /** Writes the figures up to the last look. */
    void writeTo(ObjectNode json) {
        long ticks = lastTicks - firstTicks;
        json.put("engine_thread_seconds", lookCount);
        json.put("engine_thread_clean_seconds", cleanCount);
        json.put("engine_thread_clean_seconds_at_the_end", cleanRun);
        json.put("engine_thread_bytes", lastBytes - firstBytes);
        json.set("engine_thread_lumps", lumps);
        json.put(
                "engine_thread_bytes_per_tick",
                ticks == 0 ? 0 : (lastBytes - firstBytes) / (double) ticks);
    }
}
