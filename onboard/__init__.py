"""The process on the quadcopter's companion computer: from a frame to a report on the ground.

| room | what it does |
|---|---|
| `camera` | sources of frames, what their pixels mean, which may pass |
| `detect` | fires and signatures in one frame |
| `locate` | pose at the frame's time, lens, ray against terrain, covariance |
| `track` | many frames become a hotspot |
| `pipeline`, `inputs` | the four above in one thread without a clock |
| `recording`, `replay` | every input on disk, and the flight again from it |
| `spool`, `uplink` | reports kept until the ground has them, by IP and by radio |
| `process`, `loops`, `mailbox` | threads, what they hand over, and how the process ends |
| `vehicle`, `health`, `clock`, `thumbnail` | what else the ground is told |
| `cli`, `config` | what people type and set |
"""
