<%
    extra = (imports or "").splitlines()
    ours = [line for line in extra if line.startswith("from core.")]
    others = [line for line in extra if line not in ours]
%>\
"""${message[:1].upper() + message[1:]}."""

import sqlalchemy as sa
from alembic import op
% for line in others:
${line}
% endfor
% if ours:

% for line in ours:
${line}
% endfor
% endif

revision = ${repr(up_revision).replace("'", '"')}
down_revision = ${repr(down_revision).replace("'", '"')}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
