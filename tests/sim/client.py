"""A MAVLink endpoint on one link of a simulated autopilot, bytes kept in memory."""

from pymavlink.dialects.v20 import ardupilotmega as mav


class Client:
    """`ask` sends one message and gives what comes back at once."""

    def __init__(self, sim, link=1, system=255, component=190, **options):
        self.sim, self.link = sim, link
        self.codec = mav.MAVLink(None, srcSystem=system, srcComponent=component)
        self.codec.robust_parsing = True
        sim.autopilot.connect(link, sim.time_s, **options)

    def send(self, message):
        frame = message.pack(self.codec)
        self.codec.seq = (self.codec.seq + 1) % 256
        self.sim.autopilot.receive(self.link, frame, self.sim.time_s)
        return frame

    def heard(self):
        return self.codec.parse_buffer(self.sim.autopilot.data_to_send(self.link)) or []

    def ask(self, message):
        self.heard()
        self.send(message)
        return self.heard()

    def command(self, number, *params):
        values = [*params, *[0.0] * (7 - len(params))]
        return self.ask(mav.MAVLink_command_long_message(1, 1, number, 0, *values))

    def fly(self, seconds):
        """Everything heard in so much simulated time."""
        out = []
        for _ in range(round(seconds * 200)):
            self.sim.step()
            out += self.heard()
        return out


def kinds(messages):
    """Their types, in order."""
    return [message.get_type() for message in messages]
