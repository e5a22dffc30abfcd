import { useCentre } from "./centre";
import { Bell } from "./icons";
import { Words } from "./Words";

export function Loading() {
  const { say } = useCentre();
  return (
    <div className="carillon-loading">
      <Words className="carillon-hidden">{say("loading")}</Words>
      <i />
      <i />
      <i />
    </div>
  );
}

interface EmptyProps {
  title: string;
  hint: string;
  action?: string;
  onAction?: () => void;
  alert?: boolean;
}

export function Empty({ title, hint, action, onAction, alert }: EmptyProps) {
  return (
    <div className="carillon-empty" role={alert ? "alert" : undefined}>
      <Bell />
      <p>
        <strong key={title}>{title}</strong>
      </p>
      <p key={hint}>{hint}</p>
      {action && (
        <button type="button" className="carillon-button" onClick={onAction}>
          <Words>{action}</Words>
        </button>
      )}
    </div>
  );
}
